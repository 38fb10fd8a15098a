"""Layers: what a function may refer to, and what the API says of them."""

from typing import Any

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.lambda_.code import code_location
from serein.services.lambda_.configuration import LayerCode, wire_time
from serein.services.lambda_.errors import invalid
from serein.services.lambda_.names import layer_arn, parse_layer
from serein.services.lambda_.packages import base64_of
from serein.services.lambda_.store import layers as store

MAXIMUM_LAYERS = 5


def require_layers(tx: Transaction, scope: Scope, arns: list[str]) -> list[LayerCode]:
    """The layer versions that a function names. Raises InvalidParameterValueException."""
    if len(arns) > MAXIMUM_LAYERS:
        raise invalid(f"Cannot reference more than {MAXIMUM_LAYERS} layers.")
    found: list[LayerCode] = []
    names: set[str] = set()
    for arn in arns:
        reference = parse_layer(scope, arn)
        unversioned = layer_arn(reference.scope, reference.name)
        if unversioned in names:
            raise invalid(
                "Two different versions of the same layer are not allowed to be referenced in the same function. "
                f"{arn} and {next(layer.arn for layer in found if layer.arn.startswith(unversioned + ':'))}."
            )
        names.add(unversioned)
        layer = store.find_version(tx, reference.scope, reference.name, reference.version)
        if layer is None:
            raise invalid(f"Layer version {arn} does not exist.")
        found.append(LayerCode(arn, layer.code_sha256, layer.size_bytes))
    return found


def layer_reply(platform: Platform, scope: Scope, layer: store.LayerVersion, *, with_content: bool) -> dict[str, Any]:
    """What the API says of a layer version."""
    reply: dict[str, Any] = {
        "LayerVersionArn": layer_arn(scope, layer.name, layer.version),
        "Version": layer.version,
        "Description": layer.description,
        "CreatedDate": wire_time(layer.created_at),
    }
    if layer.runtimes:
        reply["CompatibleRuntimes"] = layer.runtimes
    if layer.architectures:
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
