"""A template made of resources as they are."""

import re
from typing import Any

from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.ids import random_hex
from serein.kernel.scope import Scope
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.generator.scanning import arn_of_resource, as_text
from serein.services.cloudformation.generator.store import Generated, Wanted
from serein.services.cloudformation.live.catalog import LIVE
from serein.services.cloudformation.live.looking import Look
from serein.services.cloudformation.type_data import Node, find_type

_NOT_NAMES = re.compile(r"[^A-Za-z0-9]")
_LOGICAL_ID = re.compile(r"[A-Za-z0-9]{1,255}")


def wanted_of(given: list[dict[str, Any]], taken: set[str]) -> list[Wanted]:
    """The resources that a request names. Raises ValidationError."""
    found = []
    for resource in given:
        type_name = resource["ResourceType"]
        if type_name not in LIVE:
            raise ValidationError(f"Resource type {type_name} is not supported by generated templates")
        logical_id = resource.get("LogicalResourceId") or _logical_id(type_name, resource["ResourceIdentifier"])
        if logical_id in taken or not _LOGICAL_ID.fullmatch(logical_id):
            raise ValidationError(f"Logical id {logical_id} is not valid, or used already")
        taken.add(logical_id)
        found.append(Wanted(type_name, resource["ResourceIdentifier"], logical_id))
    return found


def _logical_id(type_name: str, identifier: dict[str, str]) -> str:
    """AWS: the type, what identifies the resource, and something random, parted by 00."""
    kind = "".join(type_name.split("::")[1:])
    name = _NOT_NAMES.sub("", as_text(type_name, identifier).rpartition("/")[2])
    return f"{kind}00{name[:100]}00{random_hex(5)}"


async def look_at(call: Call, generated: Generated, *, is_refresh: bool) -> None:
    """Read the resources of a template that haven't been read, or all."""
    look = Look(call.platform, call.scope)
    for wanted in generated.resources:
        if wanted.status == "COMPLETE" and not is_refresh:
            continue
        try:
            properties = await LIVE[wanted.type].read(look, as_text(wanted.type, wanted.identifier))
        except AwsError as error:
            wanted.status, wanted.reason = "FAILED", error.message
            continue
        if properties is None:
            wanted.status, wanted.reason = "FAILED", "The resource does not exist"
            continue
        schema = find_type(wanted.type) or {}
        known = {name: value for name, value in properties.items() if name in schema.get("properties", {name: {}})}
        wanted.definition, wanted.status, wanted.reason = known, "COMPLETE", ""
        wanted.missing = sorted(set(schema.get("required", ())) - set(known))


def template_of(generated: Generated, base: dict[str, Any]) -> dict[str, Any]:
    """The template: a stack's, where one is the base, with the resources that were read."""
    names = _names(generated, generated.scope)
    parameters: dict[str, Any] = dict(base.get("Parameters", {}))
    resources: dict[str, Any] = dict(base.get("Resources", {}))
    for wanted in generated.resources:
        if wanted.status != "COMPLETE":
            continue
        own = {text: value for text, value in names.items() if wanted.logical_id not in str(value)}
        properties = _with_references(wanted.definition, own)
        schema = find_type(wanted.type) or {}
        for name in wanted.missing:
            properties[name] = _parameter_for(wanted, name, schema, parameters)
        resources[wanted.logical_id] = {
            "UpdateReplacePolicy": generated.update_replace_policy.title(),
            "Type": wanted.type,
            "DeletionPolicy": generated.deletion_policy.title(),
            "Properties": properties,
        }
    made = {**base, "Metadata": {**base.get("Metadata", {}), "TemplateId": generated.template_id}}
    if parameters:
        made["Parameters"] = parameters
    return {**made, "Resources": resources}


def _names(generated: Generated, scope: Scope) -> dict[str, Any]:
    """The texts that name a resource of the template, and what stands for them there."""
    found: dict[str, Any] = {}
    for wanted in generated.resources:
        if wanted.status == "COMPLETE" and not LIVE[wanted.type].within:
            is_arn = LIVE[wanted.type].is_arn
            attribute = {"Fn::GetAtt": [wanted.logical_id, "Arn"]}
            found[as_text(wanted.type, wanted.identifier)] = attribute if is_arn else {"Ref": wanted.logical_id}
            if arn := arn_of_resource(wanted.type, wanted.identifier, scope):
                found[arn] = attribute
    return found


def _with_references(value: Any, names: dict[str, Any]) -> Any:
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, dict):
        return {key: _with_references(member, names) for key, member in value.items()}
    return [_with_references(member, names) for member in value] if isinstance(value, list) else value


def _parameter_for(wanted: Wanted, name: str, schema: Node, parameters: dict[str, Any]) -> Any:
    """What stands for a required property that can't be read: parameters, for it or for its parts."""
    node = schema.get("properties", {}).get(name, {})
    node = schema.get("definitions", {}).get(node.get("$ref"), node)
    parts = node.get("required") or [it for it in ("S3Bucket", "S3Key") if it in node.get("properties", {})]
    if node.get("type") == "object" and parts:
        return {part: _parameter(wanted, f"{name}{part}", parameters) for part in parts}
    return _parameter(wanted, name, parameters)


def _parameter(wanted: Wanted, name: str, parameters: dict[str, Any]) -> dict[str, str]:
    key = f"{wanted.logical_id}{name}"
    parameters[key] = {
        "NoEcho": "true",
        "Type": "String",
        "Description": f"The value of {name} of {wanted.logical_id}, which can't be read from the resource",
    }
    return {"Ref": key}
