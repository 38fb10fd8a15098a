"""AWS's operations as its own services call them for users: by an SDK's names, with a JSON document as request.

EventBridge Scheduler's universal targets and Step Functions' SDK integrations name an action `sqs:sendMessage`, with
the service as the SDK for Java names it, and take members by their names, whatever protocol the service speaks.
AWS: https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
"""

import json
from typing import Any

from serein.kernel.operation import Request
from serein.wire.errors import SerializationException
from serein.wire.index import Index
from serein.wire.models import Models
from serein.wire.shapes import Shape
from serein.wire.values import JSON, Format


def _blob(value: Any) -> bytes:
    """AWS: a blob is given as the text that it holds, or as JSON."""
    return (value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))).encode()


SDK = Format("sdk", {**JSON.scalars, "blob": _blob})


class SdkActions:
    """Finds operations by an SDK's names, and reads their requests."""

    def __init__(self, index: Index, models: Models) -> None:
        self._index = index
        self._models = models

    def find(self, service: str, action: str) -> tuple[str, str] | None:
        """The service and the operation that `sqs` and `sendMessage` mean, or None."""
        name = self._index.by_sdk_name(service)
        model = None if name is None else self._models.find_service(name)
        if name is None or model is None:
            return None
        wanted = action.lower()
        operation = next((operation for operation in model.operations if operation.lower() == wanted), None)
        return None if operation is None else (name, operation)

    def request(self, service: str, operation: str, document: Any) -> Request:
        """The request that a document is. Raises SerializationException for what can't be one."""
        model = self._models.find_operation(service, operation)
        if model is None or model.input is None:
            return {}
        parsed: Request = _parse(model.input, document)
        return parsed


def _parse(shape: Shape, value: Any) -> Any:
    if shape.document or shape.eventstream:
        return value
    if shape.kind == "structure":
        return _structure(shape, value)
    if shape.kind == "list":
        if not isinstance(value, list):
            raise SerializationException("Unexpected field type")
        return [_parse(shape.member.target, item) for item in value]  # type: ignore[union-attr]
    if shape.kind == "map":
        if not isinstance(value, dict):
            raise SerializationException("Unexpected field type")
        return {name: _parse(shape.value.target, item) for name, item in value.items()}  # type: ignore[union-attr]
    return SDK.scalars[shape.kind](value)


def _structure(shape: Shape, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SerializationException("Unexpected value type in payload")
    members = {name.lower(): name for name in shape.members}
    parsed = {}
    for given, item in value.items():
        name = given if given in shape.members else members.get(given.lower())
        if name is None:
            raise SerializationException(f"{given} is not a member of {shape.name}")
        if item is not None:
            parsed[name] = _parse(shape.members[name].target, item)
    return parsed
