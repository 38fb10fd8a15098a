"""Layers: what a function may refer to, and what the API says of them."""

from typing import Any

from serein.kernel.call import Call, Platform
from serein.kernel.database import Transaction
from serein.kernel.errors import AccessDenied
from serein.kernel.operation import Request
from serein.kernel.policies import Request as Asked
from serein.kernel.policies import aws_principal, decide_resource, refusal_text, stored_policy
from serein.kernel.scope import Scope
from serein.services.lambda_.code import code_location
from serein.services.lambda_.configuration import Configuration, LayerCode, wire_time
from serein.services.lambda_.errors import invalid
from serein.services.lambda_.names import LayerReference, layer_arn, parse_layer
from serein.services.lambda_.packages import base64_of
from serein.services.lambda_.public_layers import find_public_layer
from serein.services.lambda_.store import aliases, functions
from serein.services.lambda_.store import layers as store

MAXIMUM_LAYERS = 5


def require_layers(
    tx: Transaction, scope: Scope, arns: list[str], held: Configuration | None = None
) -> list[LayerCode]:
    """The layer versions that a function names. Raises InvalidParameterValueException and AccessDeniedException.

    AWS: a function keeps the layer versions that it has (`held` is its record) when they are deleted (developer
    guide, "Layers").
    """
    if len(arns) > MAXIMUM_LAYERS:
        raise invalid(f"Cannot reference more than {MAXIMUM_LAYERS} layers.")
    kept = _held_layers(tx, held or {})
    found: list[LayerCode] = []
    names: dict[str, str] = {}
    for arn in arns:
        reference = parse_layer(scope, arn)
        unversioned = layer_arn(reference.scope, reference.name)
        if unversioned in names:
            raise invalid(
                "Two different versions of the same layer are not allowed to be referenced in the same function. "
                f"{names[unversioned]} and {arn} are versions of the same layer."
            )
        names[unversioned] = arn
        found.append(kept.get(arn) or _require_layer(tx, scope, arn, reference))
    return found


def _held_layers(tx: Transaction, held: Configuration) -> dict[str, LayerCode]:
    return {
        layer["Arn"]: LayerCode(layer["Arn"], sha256, layer["CodeSize"], functions.unzipped_bytes(tx, sha256))
        for layer, sha256 in zip(held.get("Layers", ()), held.get("_layers", ()), strict=False)
    }


def _require_layer(tx: Transaction, scope: Scope, arn: str, reference: LayerReference) -> LayerCode:
    if reference.scope.region != scope.region:
        raise invalid(
            f"Layers are not in the same region as the function. Layers are expected to be in region {scope.region}."
        )
    layer = store.find_version(tx, reference.scope, reference.name, reference.version)
    if layer is None and reference.scope.account != scope.account and find_public_layer(reference.name) is not None:
        return LayerCode(arn, "", 0)
    if layer is None:
        raise invalid(f"Layer version {arn} does not exist.")
    if reference.scope != scope:
        _check_shared(tx, scope, arn, reference)
    unzipped = functions.unzipped_bytes(tx, layer.code_sha256)
    return LayerCode(arn, layer.code_sha256, layer.size_bytes, unzipped)


def _check_shared(tx: Transaction, scope: Scope, arn: str, reference: LayerReference) -> None:
    """Raise AccessDeniedException unless the policy of another account's layer lets this one use it.

    Accounts here belong to no organisation, so that a statement for one grants nothing.
    """
    policy = stored_policy(aliases.find_policy_text(tx, reference.scope, layer_resource(reference)))
    asked = Asked("lambda:GetLayerVersion", arn, aws_principal(f"arn:aws:iam::{scope.account}:root"))
    # Why no owner: in another region even the own account needs a statement.
    verdict = decide_resource(asked, policy, owner="")
    if not verdict.is_allowed:
        raise AccessDenied(refusal_text(asked, verdict))


def parse_layer_version(call: Call, request: Request) -> LayerReference:
    """The layer version that a request names. Raises InvalidParameterValueException."""
    if request["VersionNumber"] < 1:
        raise invalid("Layer Version Cannot be less than 1")
    return parse_layer(call.scope, request["LayerName"], request["VersionNumber"])


def layer_resource(reference: LayerReference) -> str:
    """The name under which a layer version's policy is kept."""
    return f"layer:{reference.name}:{reference.version}"


def layer_reply(platform: Platform, scope: Scope, layer: store.LayerVersion, *, with_content: bool) -> dict[str, Any]:
    """What the API says of a layer version."""
    reply: dict[str, Any] = {
        "LayerVersionArn": layer_arn(scope, layer.name, layer.version),
        "Version": layer.version,
        "Description": layer.description,
        "CreatedDate": wire_time(layer.created_at),
    }
    if layer.runtimes is not None:
        reply["CompatibleRuntimes"] = layer.runtimes
    if layer.architectures is not None:
        reply["CompatibleArchitectures"] = layer.architectures
    if layer.licence:
        reply["LicenseInfo"] = layer.licence
    if with_content:
        reply["LayerArn"] = layer_arn(scope, layer.name)
        reply["Content"] = {
            "Location": code_location(platform, layer.code_sha256),
            "CodeSha256": base64_of(layer.code_sha256),
            "CodeSize": layer.size_bytes,
        }
    return reply
