"""JSON Schemas of draft 4: what in one isn't as the draft says."""

from collections.abc import Iterator
from typing import Any

_TYPES = frozenset({"array", "boolean", "integer", "null", "number", "object", "string"})
_LISTS = ("allOf", "anyOf", "oneOf")
_MAPS = ("properties", "patternProperties", "definitions")
_NUMBERS = ("minimum", "maximum", "multipleOf")
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_TEXTS = ("pattern", "$ref", "title", "description", "format")


def schema_findings(schema: Any) -> list[str]:
    """What breaks draft 4 in a schema and in those within it."""
    findings: list[str] = []
    waiting = [schema]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            findings.extend(_own(found))
            waiting.extend(_inner(found))
        else:
            findings.append("a schema must be an object")
    return findings


def _inner(schema: dict[str, Any]) -> Iterator[Any]:
    for name in _MAPS:
        entries = schema.get(name)
        if isinstance(entries, dict):
            yield from entries.values()
    for name in _LISTS:
        entries = schema.get(name)
        if isinstance(entries, list):
            yield from entries
    items = schema.get("items", [])
    yield from items if isinstance(items, list) else [items]
    if "not" in schema:
        yield schema["not"]
    for name in ("additionalProperties", "additionalItems"):
        if not isinstance(schema.get(name, True), bool):
            yield schema[name]


def _own(schema: dict[str, Any]) -> Iterator[str]:
    types = schema.get("type", [])
    for kind in types if isinstance(types, list) else [types]:
        if not isinstance(kind, str) or kind not in _TYPES:
            yield f"Invalid type: {kind}"
    for name in _MAPS:
        if not isinstance(schema.get(name, {}), dict):
            yield f"{name} must be an object"
    for name in (*_LISTS, "enum"):
        entries = schema.get(name, [None])
        if not isinstance(entries, list) or not entries:
            yield f"{name} must be a non-empty array"
    required = schema.get("required", True)
    if not isinstance(required, bool) and not _is_list_of_text(required):
        yield "required must be an array of strings"
    yield from _scalars(schema)


def _scalars(schema: dict[str, Any]) -> Iterator[str]:
    for name in _NUMBERS:
        value = schema.get(name, 0)
        if not isinstance(value, int | float) or isinstance(value, bool):
            yield f"{name} must be a number"
    for name in _COUNTS:
        value = schema.get(name, 0)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            yield f"{name} must be an integer that isn't negative"
    for name in _TEXTS:
        if not isinstance(schema.get(name, ""), str):
            yield f"{name} must be a string"


def _is_list_of_text(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
