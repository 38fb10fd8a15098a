"""AWS's own types as entries of the registry."""

import json
from functools import cache
from typing import Any

from serein.kernel.operation import Request
from serein.kernel.scope import Scope
from serein.services.cloudformation.registry.errors import CFNRegistryException, TypeNotFoundException
from serein.services.cloudformation.type_data import Node, find_type, type_names

_FACTS = {
    "identifier": "primaryIdentifier",
    "read": "readOnlyProperties",
    "created": "createOnlyProperties",
    "conditional": "conditionalCreateOnlyProperties",
}
_OWN = frozenset({*_FACTS, "attributes", "tags", "legacy"})


def arn_of_type(scope: Scope, name: str) -> str:
    return f"arn:{scope.partition}:cloudformation:{scope.region}::type/resource/{name.replace('::', '-')}"


def named_type(request: Request, arn_member: str = "Arn") -> str:
    """The name of the type that a request is about. Raises CFNRegistryException."""
    if request.get(arn_member):
        kind, _, rest = request[arn_member].rpartition("type/")[2].partition("/")
        return str(rest.partition("/")[0].replace("-", "::") if kind == "resource" else rest)
    if "TypeName" not in request or "Type" not in request:
        raise CFNRegistryException(f"Either {arn_member}, or both Type and TypeName must be specified")
    return str(request["TypeName"])


def require_type(request: Request) -> tuple[str, Node]:
    """The type that a request is about. Raises TypeNotFoundException."""
    name = named_type(request)
    found = find_type(name) if request.get("Type", "RESOURCE") == "RESOURCE" else None
    if found is None:
        raise TypeNotFoundException(f"The type '{name}' cannot be found.")
    return name, found


def provisioning_type(found: Node) -> str:
    """What the schema lets CloudFormation do with resources of a type."""
    if found.get("legacy"):
        return "NON_PROVISIONABLE"
    settable = set(found.get("properties", {})) - set(found.get("read", ()))
    return "IMMUTABLE" if settable and settable <= set(found.get("created", ())) else "FULLY_MUTABLE"


@cache
def names_by_provisioning() -> dict[str, list[str]]:
    """All types, by name, under how they are provisioned."""
    found: dict[str, list[str]] = {}
    for name in sorted(type_names()):
        schema = find_type(name)
        if schema is not None:
            found.setdefault(provisioning_type(schema), []).append(name)
    return found


def schema_of(name: str, found: Node) -> str:
    """A type's resource provider schema, as JSON."""
    shown: dict[str, Any] = {
        "typeName": name,
        "description": f"Resource Type definition for {name}",
        **{key: _with_pointers(value) for key, value in found.items() if key not in _OWN},
    }
    for key, fact in _FACTS.items():
        if found.get(key):
            shown[fact] = [f"/properties/{path}" for path in found[key]]
    if found.get("tags"):
        shown["tagging"] = {"taggable": True, "tagProperty": f"/properties/{found['tags']}"}
    else:
        shown["tagging"] = {"taggable": False}
    return json.dumps(shown)


def _with_pointers(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: f"#/definitions/{member}" if key == "$ref" and isinstance(member, str) else _with_pointers(member)
            for key, member in value.items()
        }
    return [_with_pointers(member) for member in value] if isinstance(value, list) else value
