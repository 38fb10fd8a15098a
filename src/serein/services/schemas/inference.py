"""Inference: from events to a document that describes their shape.

AWS: an event with EventBridge's envelope is an `AWSEvent` whose detail is a component named after its detail type; any
other JSON is an `Event`. Whole numbers are int64, others double, times date-time; null says nothing.
(https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-schemas-infer-from-json.html)
"""

import re
from typing import Any

from serein.services.schemas.names import title_of

Schema = dict[str, Any]
_ENVELOPE = frozenset({"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"})
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)\Z", re.ASCII)
_MOST_LEVELS = 200
"""Of fields within fields. AWS: it has 255, those of the envelope included."""
_REF = "#/components/schemas/"


class TooDeep(Exception):
    """An event has more levels than a schema may have."""


def infer_document(events: list[Any]) -> dict[str, Any]:
    """The OpenAPI document for events of one type, each of them an object. Raises TooDeep."""
    return _Inference().document(events)


class _Inference:
    """The components of one document as they are found."""

    def __init__(self) -> None:
        self._components: dict[str, Schema] = {}
        self._depth = 0

    def document(self, events: list[Any]) -> dict[str, Any]:
        if all(event.keys() >= _ENVELOPE and isinstance(event["detail"], dict) for event in events):
            title = title_of(str(events[0]["detail-type"])) or "Event"
            self._append_envelope(events, title)
        else:
            title = "Event"
            self._components[title] = {}
            self._components[title] = self._object(events)
        return {
            "openapi": "3.0.0",
            "info": {"version": "1.0.0", "title": title},
            "paths": {},
            "components": {"schemas": self._components},
        }

    def _append_envelope(self, events: list[Any], title: str) -> None:
        root = self._components["AWSEvent"] = {}
        name = self._free_name(title)
        self._components[name] = {}
        described = self._object([{key: value for key, value in event.items() if key != "detail"} for event in events])
        root |= {
            "type": "object",
            "required": sorted([*described["required"], "detail"]),
            "x-amazon-events-detail-type": events[0]["detail-type"],
            "x-amazon-events-source": events[0]["source"],
            "properties": {"detail": {"$ref": _REF + name}, **described["properties"]},
        }
        self._components[name] = self._object([event["detail"] for event in events])

    def _object(self, values: list[Any]) -> Schema:
        """What objects have in common is required; their fields come in the order of names."""
        present: dict[str, list[Any]] = {}
        for value in values:
            for key, field in value.items():
                present.setdefault(key, []).append(field)
        schema: Schema = {"type": "object"}
        if required := sorted(key for key, fields in present.items() if len(fields) == len(values)):
            schema["required"] = required
        schema["properties"] = {key: self._field(key, present[key]) for key in sorted(present)}
        return schema

    def _field(self, name: str, values: list[Any]) -> Schema:
        self._depth += 1
        if self._depth > _MOST_LEVELS:
            raise TooDeep
        try:
            return self._described(name, values)
        finally:
            self._depth -= 1

    def _described(self, name: str, values: list[Any]) -> Schema:
        known = [value for value in values if value is not None]
        if known and all(isinstance(value, dict) for value in known):
            component = self._free_name(title_of(name) or "Object")
            self._components[component] = {}
            self._components[component] = self._object(known)
            return {"$ref": _REF + component}
        if known and all(isinstance(value, list) for value in known):
            items = [item for value in known for item in value]
            # AWS: of an array that was empty nothing is known; its elements are taken for objects.
            return {"type": "array", "items": self._field(f"{name}Item", items) if items else {"type": "object"}}
        return _scalar(known)

    def _free_name(self, name: str) -> str:
        number, free = 1, name
        while free in self._components:
            number += 1
            free = f"{name}_{number}"
        return free


def _scalar(values: list[Any]) -> Schema:
    """One schema for all values; an empty one where none is."""
    kinds = {_kind(value) for value in values}
    if kinds == {"integer", "double"}:
        kinds = {"double"}
    if kinds == {"date-time", "string"}:
        kinds = {"string"}
    return dict(_SCALARS[kinds.pop()]) if len(kinds) == 1 else {}


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "double"
    if isinstance(value, str):
        return "date-time" if _TIME.match(value) else "string"
    return "mixed"


_SCALARS: dict[str, Schema] = {
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer", "format": "int64"},
    "double": {"type": "number", "format": "double"},
    "date-time": {"type": "string", "format": "date-time"},
    "string": {"type": "string"},
    "mixed": {},
}
