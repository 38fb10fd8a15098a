"""Models: JSON Schemas by name."""

import json
import re
from typing import Any

from serein.kernel.ids import random_lower
from serein.services.apigatewayv2.errors import BadRequestException

_SETTABLE = ("ContentType", "Description", "Name", "Schema")
_NAME = re.compile(r"[A-Za-z0-9]{1,128}")


def new_model(request: dict[str, Any]) -> dict[str, Any]:
    """The stored settings of a model to be created. Raises BadRequestException."""
    return changed_model({"ContentType": "application/json", "ModelId": random_lower(6)}, request)


def changed_model(settings: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """The settings after UpdateModel's request. Raises BadRequestException."""
    changed = {**settings, **{name: request[name] for name in _SETTABLE if name in request}}
    if not _NAME.fullmatch(changed["Name"]):
        raise BadRequestException("Model name must be alphanumeric")
    try:
        schema = json.loads(changed["Schema"])
    except ValueError as error:
        raise BadRequestException(f"Invalid model specified: the schema is no JSON: {error}") from error
    if not isinstance(schema, dict):
        raise BadRequestException("Invalid model specified: the schema must be a JSON object")
    return changed


def template_of(model: dict[str, Any]) -> str:
    """A mapping template that gives what the schema describes, for developers to begin with."""
    schema = json.loads(model["Schema"])
    return f"#set($inputRoot = $input.path('$'))\n{_written(schema, '$inputRoot', 0)}"


def _written(schema: Any, path: str, depth: int) -> str:
    kind = schema.get("type") if isinstance(schema, dict) else None
    pad = "  " * (depth + 1)
    if kind == "object":
        members = [
            f'{pad}"{name}" : {_written(part, f"{path}.{name}", depth + 1)}'
            for name, part in schema.get("properties", {}).items()
        ]
        return "{\n" + ",\n".join(members) + "\n" + "  " * depth + "}" if members else "{ }"
    if kind == "array":
        element = _written(schema.get("items", {}), "$elem", depth + 1)
        return f"[\n#foreach($elem in {path})\n{pad}{element}#if($foreach.hasNext),#end\n#end\n{'  ' * depth}]"
    return f'"{path}"' if kind == "string" else path
