"""Documents: the checks of a schema's content, and OpenAPI 3 as JSON Schema Draft 4."""

import json
from typing import Any

from serein.services.schemas.errors import BadRequestException

OPENAPI = "OpenApi3"
DRAFT4 = "JSONSchemaDraft4"
_DRAFT4_URI = "http://json-schema.org/draft-04/schema"
_REF = "#/components/schemas/"
_OPENAPI_ONLY = frozenset({"nullable", "discriminator", "readOnly", "writeOnly", "xml", "externalDocs", "example"})
_NAMED = frozenset({"properties", "patternProperties", "definitions"})
"""Keywords whose value has names that are the user's, not keywords."""


def require_content(kind: str, content: str) -> None:
    """Raises BadRequestException for a content that isn't of its type."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise BadRequestException("The schema content is not valid JSON.") from None
    if not isinstance(document, dict):
        raise BadRequestException("The schema content must be a JSON object.")
    if kind == OPENAPI:
        _require_openapi(document)
    elif str(document.get("$schema", _DRAFT4_URI)).rstrip("#") != _DRAFT4_URI:
        raise BadRequestException(f"The schema content is not of JSONSchema Draft4: $schema is {document['$schema']}.")


def _require_openapi(document: dict[str, Any]) -> None:
    version = document.get("openapi")
    if not isinstance(version, str) or not version.startswith("3.0"):
        raise BadRequestException("The schema content is not of OpenAPI 3.0: openapi must be 3.0.x.")
    info = document.get("info")
    if not isinstance(info, dict) or not all(isinstance(info.get(name), str) for name in ("title", "version")):
        raise BadRequestException("The schema content is not of OpenAPI 3.0: info needs a title and a version.")
    if not isinstance(document.get("paths"), dict):
        raise BadRequestException("The schema content is not of OpenAPI 3.0: paths is missing.")
    components = document.get("components", {})
    if not isinstance(components, dict) or not isinstance(components.get("schemas", {}), dict):
        raise BadRequestException("The schema content is not of OpenAPI 3.0: components.schemas must be an object.")


def draft4_of(document: dict[str, Any]) -> dict[str, Any]:
    """An OpenAPI document as JSON Schema Draft 4: the schema of the event, the others as its definitions.

    Raises BadRequestException for a document without a schema that could be the event's.
    """
    schemas = document.get("components", {}).get("schemas", {})
    title = document["info"]["title"]
    root = "AWSEvent" if "AWSEvent" in schemas else title if title in schemas else next(iter(schemas), None)
    if root is None:
        raise BadRequestException("The schema has no components that could be exported.")
    try:
        converted = {name: _converted(schemas[name], root) for name in sorted(schemas)}
    except RecursionError:
        raise BadRequestException("The schema has too many levels to be exported.") from None
    head: dict[str, Any] = {"$schema": f"{_DRAFT4_URI}#", "title": title}
    event = converted.pop(root)
    if converted:
        head["definitions"] = converted
    return head | (event if isinstance(event, dict) else {})


def _converted(value: Any, root: str, *, has_keywords: bool = True) -> Any:
    """A schema, or a part of one; what refers to `root` refers to the whole document."""
    if isinstance(value, list):
        return [_converted(each, root) for each in value]
    if not isinstance(value, dict):
        return value
    if not has_keywords:
        return {name: _converted(value[name], root) for name in sorted(value)}
    found: dict[str, Any] = {}
    for name in sorted(value.keys() - _OPENAPI_ONLY):
        given = value[name]
        if name == "$ref" and isinstance(given, str):
            found[name] = "#" if given == _REF + root else given.replace(_REF, "#/definitions/")
        elif name in ("enum", "default"):
            found[name] = given
        else:
            found[name] = _converted(given, root, has_keywords=name not in _NAMED)
    if value.get("nullable") is True and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
    return found
