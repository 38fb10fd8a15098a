"""Schemas of OpenAPI documents as models, whose references name models of the same API."""

import json
import re
from typing import Any

from serein.kernel.ids import random_hex
from serein.services.apigateway.openapi.documents import Document

MODEL_URL = "https://apigateway.amazonaws.com/restapis/{}/models/{}"
_REFERENCE = re.compile(r"#/(?:definitions|components/schemas)/(.+)")
_UNSUPPORTED = frozenset({"example", "examples", "xml", "discriminator", "readOnly", "writeOnly", "externalDocs"})


def model_name(name: str) -> str:
    """AWS: a model's name has letters and digits only; others are left out."""
    return re.sub(r"[^a-zA-Z0-9]", "", name)


class Models:
    """The models that a document needs: its named schemas, and those that stand where they are used."""

    def __init__(self, document: Document, api_id: str) -> None:
        self._api_id = api_id
        self.found: dict[str, dict[str, str]] = {}
        """By name: contentType, schema and, when there is one, description."""
        for name, schema in document.schemas.items():
            self._add(model_name(str(name)), schema if isinstance(schema, dict) else {})

    def _add(self, name: str, schema: dict[str, Any]) -> None:
        model = {"contentType": "application/json", "schema": json.dumps(self._rewritten(schema), indent=2)}
        if isinstance(schema.get("description"), str):
            model["description"] = schema["description"]
        self.found[name] = model

    def name_of(self, schema: Any) -> str:
        """The model that a schema is: the one that it refers to, or a new one. Empty for no schema."""
        if not isinstance(schema, dict) or not schema:
            return ""
        match = _REFERENCE.fullmatch(str(schema.get("$ref", "")))
        if match:
            return model_name(match[1])
        name = f"MODEL{random_hex(6)}"
        self._add(name, schema)
        return name

    def _rewritten(self, value: Any, *, is_schema: bool = True) -> Any:
        if isinstance(value, list):
            return [self._rewritten(item) for item in value]
        if not isinstance(value, dict):
            return value if isinstance(value, str | int | float | bool | None) else str(value)
        copy = {
            str(name): self._rewritten(inner, is_schema=name not in ("properties", "definitions"))
            for name, inner in value.items()
            if not (is_schema and name in _UNSUPPORTED)
        }
        match = _REFERENCE.fullmatch(str(copy.get("$ref", "")))
        if match and is_schema:
            copy["$ref"] = MODEL_URL.format(self._api_id, model_name(match[1]))
        return copy
