"""Versions of functions: published when code or settings change, because the logical id is made from both.

They come last, because the package of a function is known only once it is built.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from serein.deploy.serverless.fragments import Resource, resource
from serein.deploy.serverless.layers import layer_id
from serein.deploy.serverless.plugins.canaries import alias_id, settings_of, update_policy
from serein.deploy.serverless.service import Function, Service

_UNVERSIONED = ("Code", "ReservedConcurrentExecutions", "Tags")
_NOT_REDIRECTED = ("AWS::Lambda::Function", "AWS::IAM::Role", "AWS::CodeDeploy::DeploymentGroup")


def alias_of(service: Service, function: Function) -> tuple[str, str] | None:
    """Logical id and name of the alias that invocations of a function go to; None for one that has none."""
    shifted = settings_of(service, function)
    if shifted is not None:
        return alias_id(function, shifted), str(shifted["alias"])
    if function.settings.get("provisionedConcurrency"):
        return f"{function.prefix}ProvConcLambdaAlias", "provisioned"
    if function.settings.get("snapStart"):
        return f"{function.prefix}SnapStartLambdaAlias", "snapstart"
    return None


def redirect_to_aliases(service: Service, resources: dict[str, Resource]) -> None:
    """Have all that invokes a function with an alias invoke the alias."""
    for function in service.functions:
        alias = alias_of(service, function)
        if alias is None:
            continue
        target = {"Fn::Join": [":", [function.arn, alias[1]]]}
        for logical_id, made in resources.items():
            if made["Type"] in _NOT_REDIRECTED or made["Type"].startswith("Custom::"):
                continue
            properties = _replaced(made["Properties"], function.arn, target)
            is_own = properties.get("Qualifier") and properties.get("FunctionName") == {"Ref": function.logical_id}
            if is_own:
                properties["Qualifier"] = alias[1]
            if is_own or properties != made["Properties"]:
                waits = made.get("DependsOn") or []
                waits = [waits] if isinstance(waits, str) else waits
                resources[logical_id] = {**made, "Properties": properties, "DependsOn": [*waits, alias[0]]}


def publish(service: Service, template: dict[str, Any], digests: Mapping[str, bytes]) -> dict[str, Any]:
    """Outputs by name; the template gets versions, aliases and what is known of layers.

    `digests` are the SHA-256 digests of packages by logical id.
    """
    outputs: dict[str, Any] = {}
    retained: list[tuple[str, str]] = []
    resources = template["Resources"]
    for key, layer in (service.document.get("layers") or {}).items():
        logical_id = layer_id(str(key))
        digest = digests.get(logical_id, b"").hex()
        content = resources[logical_id]["Properties"].get("Content")
        outputs[f"{logical_id}Hash"] = {"Description": "Current Lambda layer hash", "Value": digest}
        if isinstance(content, dict):
            outputs[f"{logical_id}S3Key"] = {"Description": "Current Lambda layer S3Key", "Value": content["S3Key"]}
        if isinstance(layer, dict) and layer.get("retain") and digest:
            retained.append((logical_id, digest[:40]))
    for function in service.functions:
        wants = function.settings.get("versionFunction", service.provider.get("versionFunctions", True))
        alias = alias_of(service, function)
        if not wants and alias is None:
            continue
        digest_of_code = digests.get(function.logical_id)
        version_id = f"{function.prefix}LambdaVersion{_fingerprint(resources, function, digests)}"
        properties = {
            "FunctionName": {"Ref": function.logical_id},
            "CodeSha256": base64.b64encode(digest_of_code).decode() if digest_of_code else None,
            "Description": function.settings.get("description") or None,
        }
        kept = "Retain" if wants else None
        condition = function.settings.get("condition")
        resources[version_id] = resource("AWS::Lambda::Version", properties, DeletionPolicy=kept, Condition=condition)
        output = {
            "Description": "Current Lambda function version",
            "Value": {"Ref": version_id},
            "Condition": condition,
        }
        outputs[f"{function.logical_id}QualifiedArn"] = {key: each for key, each in output.items() if each is not None}
        if alias is not None:
            resources[alias[0]] = _alias(service, function, version_id, alias[1])
    for logical_id, digest in retained:
        _rename_retained(template, logical_id, digest)
    return outputs


def _rename_retained(template: dict[str, Any], logical_id: str, digest: str) -> None:
    """Name a layer's version, and the permissions for it, by its content: what was before stays as it is."""
    reference, new = {"Ref": logical_id}, {"Ref": f"{logical_id}{digest}"}
    renamed = {}
    for name, made in template["Resources"].items():
        of = (made.get("Properties") or {}).get("LayerVersionArn")
        is_own = name == logical_id or (made["Type"] == "AWS::Lambda::LayerVersionPermission" and of == reference)
        found = {**made, "DeletionPolicy": "Retain"} if is_own else made
        renamed[f"{name}{digest}" if is_own else name] = _replaced(found, reference, new)
    template["Resources"] = renamed
    template["Outputs"] = _replaced(template.get("Outputs") or {}, reference, new)


def _alias(service: Service, function: Function, version_id: str, name: str) -> Resource:
    provisioned = function.settings.get("provisionedConcurrency")
    properties = {
        "FunctionName": {"Ref": function.logical_id},
        "FunctionVersion": {"Fn::GetAtt": [version_id, "Version"]},
        "Name": name,
        "ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": provisioned} if provisioned else None,
    }
    shifted = settings_of(service, function)
    policy = update_policy(service, function, shifted) if shifted is not None else None
    return resource("AWS::Lambda::Alias", properties, DependsOn=function.logical_id, UpdatePolicy=policy)


def _fingerprint(resources: Mapping[str, Any], function: Function, digests: Mapping[str, bytes]) -> str:
    """What a version's logical id ends with: letters and digits made from code, settings and layers."""
    given = resources[function.logical_id]["Properties"]
    properties = {key: value for key, value in given.items() if key not in _UNVERSIONED}
    if given.get("PackageType") == "Image":
        properties["Code"] = given.get("Code")
    layers = [str(each.get("Ref")) for each in properties.get("Layers") or () if isinstance(each, dict)]
    digest = hashlib.sha256(json.dumps(properties, sort_keys=True, default=str).encode())
    for name in (function.logical_id, *layers):
        digest.update(digests.get(name, b""))
    text = base64.b64encode(digest.digest()).decode()
    return "".join(character for character in text if character.isalnum())


def _replaced(value: Any, old: Any, new: Any) -> Any:
    if value == old:
        return new
    if isinstance(value, dict):
        return {key: _replaced(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_replaced(item, old, new) for item in value]
    return value
