"""Models: JSON Schemas (draft 4) of bodies, and request validators."""

import json
import re
from typing import Any

from serein.kernel.ids import random_lower
from serein.services.apigateway.control.json_schemas import schema_findings
from serein.services.apigateway.control.patches import Patch, require_listed
from serein.services.apigateway.errors import BadRequestException

Settings = dict[str, Any]
_NAME = re.compile(r"[a-zA-Z0-9]+")
_DRAFT_4 = "http://json-schema.org/draft-04/schema#"
_PATCHED = {"replace": ("/description", "/schema")}
_NO_SCHEMA = "Model schema must have at least 1 property or array items defined"
LARGEST_SCHEMA_CHARACTERS = 400_000


def default_models() -> list[Settings]:
    """The models that every API that isn't imported begins with."""
    empty = f'{{\n  "$schema": "{_DRAFT_4}",\n  "title" : "Empty Schema",\n  "type" : "object"\n}}'
    error = (
        f'{{\n  "$schema" : "{_DRAFT_4}",\n  "title" : "Error Schema",\n  "type" : "object",\n'
        '  "properties" : {\n    "message" : { "type" : "string" }\n  }\n}'
    )
    return [
        {**_model("Empty", "application/json", empty), "description": "This is a default empty schema model"},
        {**_model("Error", "application/json", error), "description": "This is a default error schema model"},
    ]


def _model(name: str, content_type: str, schema: str) -> Settings:
    return {"id": random_lower(6), "name": name, "contentType": content_type, "schema": schema}


def new_model(request: Settings) -> Settings:
    """The Model that CreateModel makes. Raises BadRequestException."""
    name = request["name"]
    if not name:
        raise BadRequestException("Model name must be non-empty")
    if not _NAME.fullmatch(name):
        raise BadRequestException(f"Model name must be alphanumeric: {name}")
    model = _model(name, request["contentType"], require_schema(request.get("schema"), request["contentType"]))
    if request.get("description"):
        model["description"] = request["description"]
    return model


def require_schema(text: str | None, content_type: str) -> str:
    """The schema's text. Raises BadRequestException for what is no JSON Schema of draft 4."""
    if not text:
        raise BadRequestException(_NO_SCHEMA)
    if len(text) > LARGEST_SCHEMA_CHARACTERS:
        raise BadRequestException("Model schema is too large. Maximum size is 400 KB")
    if "json" not in content_type:
        return text
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequestException("Invalid model schema specified") from None
    if not isinstance(schema, dict):
        raise BadRequestException("Invalid model schema specified")
    findings = schema_findings(schema)
    if findings:
        raise BadRequestException(
            "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified. "
            f"{', '.join(findings)}]"
        )
    return text


def patch_model(model: Settings, patch: Patch) -> None:
    """Change a Model. Raises BadRequestException."""
    member = require_listed(patch, _PATCHED)
    if member == "schema":
        model["schema"] = require_schema(patch.value, model["contentType"])
    elif patch.value:
        model["description"] = patch.value
    else:
        model.pop("description", None)


_VALIDATOR_PATCHED = {"replace": ("/name", "/validateRequestParameters", "/validateRequestBody")}


def new_validator(request: Settings) -> Settings:
    """The RequestValidator that CreateRequestValidator makes. Raises BadRequestException."""
    validator: Settings = {"id": random_lower(6)}
    if "name" in request:
        if not request["name"].strip():
            raise BadRequestException("Request Validator name cannot be blank")
        validator["name"] = request["name"]
    validator["validateRequestBody"] = bool(request.get("validateRequestBody", False))
    validator["validateRequestParameters"] = bool(request.get("validateRequestParameters", False))
    return validator


def patch_validator(validator: Settings, patch: Patch) -> None:
    """Change a RequestValidator. Raises BadRequestException."""
    member = require_listed(patch, _VALIDATOR_PATCHED)
    if member != "name":
        validator[member] = patch.is_true
    elif not patch.text.strip():
        raise BadRequestException("Request Validator name cannot be blank")
    else:
        validator["name"] = patch.value
