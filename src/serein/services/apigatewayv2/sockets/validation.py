"""Bodies checked by models: JSON Schema draft 4, for routes whose integration is no proxy."""

import json
from typing import Any

import jsonschema_rs

_MODELS_URI = "https://apigateway.amazonaws.com/restapis/{}/models/{}"


class Models:
    """An API's models by name; each is compiled when the first body is checked by it."""

    def __init__(self, api_id: str, schemas: dict[str, str]) -> None:
        self._api_id = api_id
        self._schemas = schemas
        self._compiled: dict[str, Any] = {}

    def find_error(self, name: str, document: Any) -> str:
        """What is wrong with a document; empty when nothing is, or there is no such model."""
        if name not in self._schemas:
            return ""
        if name not in self._compiled:
            self._compiled[name] = self._compile(name)
        validator = self._compiled[name]
        if isinstance(validator, str):
            return validator
        error = next(iter(validator.iter_errors(document)), None)
        return "" if error is None else str(error.message)

    def _compile(self, name: str) -> Any:
        """A validator, or why the schema can't be used."""
        try:
            documents = {each: json.loads(schema) for each, schema in self._schemas.items()}
            resources = [(_MODELS_URI.format(self._api_id, each), schema) for each, schema in documents.items()]
            registry = jsonschema_rs.Registry(resources, draft=jsonschema_rs.Draft4)
            return jsonschema_rs.Draft4Validator(documents[name], registry=registry, offline=True)
        except (ValueError, RecursionError) as error:
            return f"model {name}: {error}"
