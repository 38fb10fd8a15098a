"""Documentation parts: what they are about, and what they say."""

import json
from typing import Any

from serein.kernel.ids import random_lower
from serein.services.apigateway.control.patches import Patch, require_listed
from serein.services.apigateway.errors import BadRequestException

Settings = dict[str, Any]
_MEMBERS = ("path", "method", "statusCode", "name")
_ALLOWED = {
    "API": (),
    "AUTHORIZER": ("name",),
    "MODEL": ("name",),
    "RESOURCE": ("path",),
    "METHOD": ("path", "method"),
    "PATH_PARAMETER": ("path", "method", "name"),
    "QUERY_PARAMETER": ("path", "method", "name"),
    "REQUEST_HEADER": ("path", "method", "name"),
    "REQUEST_BODY": ("path", "method"),
    "RESPONSE": ("path", "method", "statusCode"),
    "RESPONSE_HEADER": ("path", "method", "statusCode", "name"),
    "RESPONSE_BODY": ("path", "method", "statusCode"),
}
_NAMED = frozenset({"AUTHORIZER", "MODEL", "PATH_PARAMETER", "QUERY_PARAMETER", "REQUEST_HEADER", "RESPONSE_HEADER"})
_DEFAULTS = {"path": "/", "method": "*", "statusCode": "*"}
_PATCHED = {"replace": ("/properties",)}


def new_part(location: Settings, properties: str) -> Settings:
    """The DocumentationPart of a place. Raises BadRequestException."""
    return {"id": random_lower(6), "location": parse_location(location), "properties": require_properties(properties)}


def parse_location(location: Settings) -> Settings:
    """A place with what it leaves open. Raises BadRequestException for a place that the type can't have."""
    kind = location["type"]
    allowed = _ALLOWED[kind]
    for member in _MEMBERS:
        if location.get(member) and member not in allowed:
            raise BadRequestException(f"Invalid location for documentation part: {member} is not allowed for {kind}")
    if kind in _NAMED and not location.get("name"):
        raise BadRequestException(f"Invalid location for documentation part: name is required for {kind}")
    parsed: Settings = {"type": kind}
    for member in allowed:
        parsed[member] = location.get(member) or _DEFAULTS[member]
    return parsed


def require_properties(text: str) -> str:
    """Raises BadRequestException for what is no JSON object."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise BadRequestException("Documentation part properties must be a JSON object")
    return text


def place_of(part: Settings) -> tuple[str, ...]:
    """What tells one part's place from another's."""
    return (part["location"]["type"], *(part["location"].get(member, "") for member in _MEMBERS))


def patch_part(part: Settings, patch: Patch) -> None:
    """Change a DocumentationPart. Raises BadRequestException."""
    require_listed(patch, _PATCHED)
    part["properties"] = require_properties(patch.text)


def is_wanted(part: Settings, request: Settings) -> bool:
    """Whether GetDocumentationParts' filters let a part through."""
    location = part["location"]
    if request.get("type") and location["type"] != request["type"]:
        return False
    if request.get("path") and not location.get("path", "").startswith(request["path"]):
        return False
    name: str = location.get("name", "")
    return not request.get("nameQuery") or request["nameQuery"] in name
