"""Properties against their type's schema: scalars brought to their types, and what is wrong in AWS's words.

AWS validates with the everit JSON Schema validator, and hides the values in its messages
(https://github.com/aws-cloudformation/cloudformation-resource-schema): constraints that would show one are named only.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from serein.services.cloudformation.functions import text_of
from serein.services.cloudformation.type_data import Node

_LATER = "{{resolve:"
"""A secret's place: the secret is put there after the check, so that nothing keeps it."""
_NOT_A_NUMBER = re.compile(r"[^0-9eE+.-]")
_KINDS: Mapping[type, str] = {
    str: "String",
    bool: "Boolean",
    int: "Integer",
    float: "BigDecimal",
    list: "JSONArray",
    dict: "JSONObject",
    type(None): "Null",
}
_EXPECTED: Mapping[str, str] = {
    "array": "JSONArray",
    "boolean": "Boolean",
    "integer": "Number",
    "null": "Null",
    "number": "Number",
    "object": "JSONObject",
    "string": "String",
}
Violation = tuple[str, str]
"""A JSON pointer (`#/A/0`) and what is wrong there."""


@dataclass(slots=True)
class _Check:
    """One look at a resource's properties."""

    definitions: Mapping[str, Node]
    violations: list[Violation] = field(default_factory=list)

    def value(self, node: Node, value: Any, path: str) -> Any:
        """The value with its scalars in the schema's types; what is wrong is noted."""
        while "$ref" in node:
            node = self.definitions[node["$ref"]]
        if isinstance(value, str) and _LATER in value:
            return value
        kind = node.get("type")
        if isinstance(kind, list):
            return self._any_kind(node, kind, value, path)
        if kind == "object":
            value = self._object(node, value, path)
        elif kind == "array":
            value = self._array(node, value, path)
        elif kind is not None:
            value = self._scalar(node, kind, value, path)
        elif "properties" in node or "required" in node:
            value = self._members(node, value, path) if isinstance(value, dict) else value
        for word in ("allOf", "anyOf", "oneOf"):
            if word in node:
                self._combined(node, word, value, path)
        return value

    def _any_kind(self, node: Node, kinds: list[str], value: Any, path: str) -> Any:
        if isinstance(value, dict) and "object" in kinds:
            return self._members(node, value, path) if "properties" in node else value
        if isinstance(value, list) and "array" in kinds:
            return self._array(node, value, path)
        if isinstance(value, dict | list):
            self._fail(path, f"#: no subschema matched out of the total {len(kinds)} subschemas")
        return value

    def _object(self, node: Node, value: Any, path: str) -> Any:
        if isinstance(value, dict):
            return self._members(node, value, path)
        self._mistyped(path, "object", value)
        return value

    def _members(self, node: Node, value: dict[str, Any], path: str) -> dict[str, Any]:
        for name in node.get("required", ()):
            if name not in value:
                self._fail(path, f"required key [{name}] not found")
        self._count(node, "Properties", len(value), path)
        known = node.get("properties", {})
        # AWS: every key that is too much is told of before what is wrong within the others.
        unnamed = {name: self._unnamed(node, name, path) for name in value if name not in known}
        changed = {}
        for name, member in value.items():
            found = known.get(name) or unnamed.get(name)
            if found:
                coerced = self.value(found, member, f"{path}/{name}")
                if coerced is not member:
                    changed[name] = coerced
        return value | changed if changed else value

    def _unnamed(self, node: Node, name: str, path: str) -> Node:
        """The schema of a member that `properties` doesn't name; empty when there is none."""
        for pattern, found in node.get("patternProperties", {}).items():
            if _compiled(pattern).search(name):
                return dict(found)
        rest = node.get("additionalProperties")
        if rest is False:
            self._fail(path, f"extraneous key [{name}] is not permitted")
        return rest or {}

    def _count(self, node: Node, what: str, count: int, path: str) -> None:
        least, most = node.get(f"min{what}"), node.get(f"max{what}")
        if least is not None and count < least:
            self._fail(path, _TOO_SHORT[what].format(least, count))
        if most is not None and count > most:
            self._fail(path, _TOO_LONG[what].format(most, count))

    def _array(self, node: Node, value: Any, path: str) -> Any:
        if not isinstance(value, list):
            self._mistyped(path, "array", value)
            return value
        self._count(node, "Items", len(value), path)
        items, coerced = node.get("items"), value
        if items:
            members = [self.value(items, member, f"{path}/{place}") for place, member in enumerate(value)]
            if any(new is not old for new, old in zip(members, value, strict=True)):
                coerced = members
        if node.get("uniqueItems") and len(value) > 1 and not _is_unique(coerced):
            self._fail(path, "array items are not unique")
        return coerced

    def _scalar(self, node: Node, kind: str, value: Any, path: str) -> Any:
        if kind == "string":
            if value.__class__ is not str:
                if isinstance(value, dict | list) or value is None:
                    self._mistyped(path, kind, value)
                    return value
                value = text_of(value)
            self._count(node, "Length", len(value), path)
            if "pattern" in node and not _compiled(node["pattern"]).search(value):
                self._constrained(path, "pattern")
        elif kind == "boolean":
            value = _boolean(value)
            if not isinstance(value, bool):
                self._mistyped(path, kind, value)
                return value
        elif kind in ("integer", "number"):
            value = self._number(node, kind, value, path)
        if "enum" in node and value not in node["enum"]:
            self._constrained(path, "enum")
        if "const" in node and value != node["const"]:
            self._constrained(path, "const")
        return value

    def _number(self, node: Node, kind: str, value: Any, path: str) -> Any:
        value = _numeric(value) if isinstance(value, str) else value
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._mistyped(path, kind, value)
            return value
        if kind == "integer" and isinstance(value, float):
            if not value.is_integer():
                self._fail(path, f"expected type: Integer, found: {_KINDS[float]}")
                return value
            value = int(value)
        for word, is_wrong in (
            ("minimum", value < node.get("minimum", value)),
            ("maximum", value > node.get("maximum", value)),
            ("exclusiveMinimum", value <= node.get("exclusiveMinimum", value - 1)),
            ("exclusiveMaximum", value >= node.get("exclusiveMaximum", value + 1)),
            ("multipleOf", value % node.get("multipleOf", 1) != 0 and "multipleOf" in node),
        ):
            if is_wrong:
                self._constrained(path, word)
        return value

    def _combined(self, node: Node, word: str, value: Any, path: str) -> None:
        """AWS: beside other words, a combination is one half of a pair that must both match, and is told of as such."""
        inner = []
        for choice in node[word]:
            check = _Check(self.definitions)
            check.value(choice, value, path)
            inner.append(check.violations)
        matching, total = sum(not found for found in inner), len(inner)
        if matching == 1 if word == "oneOf" else matching == total if word == "allOf" else matching:
            return
        if len(node) > 1:
            self._fail(path, "#: only 1 subschema matches out of 2")
        told = {
            "oneOf": f"#: {matching} subschemas matched instead of one",
            "anyOf": f"#: no subschema matched out of the total {total} subschemas",
            "allOf": f"#: only {matching} subschema matches out of {total}",
        }
        self._fail(path, told[word])
        self.violations.extend(violation for found in inner for violation in found)

    def _mistyped(self, path: str, kind: str, value: Any) -> None:
        self._fail(path, f"expected type: {_EXPECTED[kind]}, found: {_KINDS.get(type(value), 'String')}")

    def _constrained(self, path: str, word: str) -> None:
        self._fail(path, f"failed validation constraint for keyword [{word}]")

    def _fail(self, path: str, text: str) -> None:
        self.violations.append((path, text))


_TOO_SHORT = {
    "Length": "expected minLength: {}, actual: {}",
    "Items": "expected minimum item count: {}, found: {}",
    "Properties": "minimum size: [{}], found: [{}]",
}
_TOO_LONG = {
    "Length": "expected maxLength: {}, actual: {}",
    "Items": "expected maximum item count: {}, found: {}",
    "Properties": "maximum size: [{}], found: [{}]",
}


def check(schema: Node, properties: dict[str, Any]) -> tuple[dict[str, Any], list[Violation]]:
    """The properties with their scalars in the schema's types, and what is wrong with them."""
    found = _Check(schema.get("definitions", {}))
    coerced: dict[str, Any] = found.value(schema, properties, "#")
    return coerced, found.violations


def told(violations: list[Violation]) -> Iterator[str]:
    """AWS's lines."""
    return (f"{path}: {text}" for path, text in violations)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _boolean(value: Any) -> Any:
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value


def _numeric(text: str) -> Any:
    """The number that a text is, or the text."""
    if not text or _NOT_A_NUMBER.search(text):
        return text
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _is_unique(members: list[Any]) -> bool:
    return len({json.dumps(member, sort_keys=True) for member in members}) == len(members)
