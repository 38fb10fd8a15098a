"""Request validators: required parameters, and bodies by their models' JSON Schema (draft 4).

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
"""

import json
from typing import Any

import jsonschema_rs

from serein.services.apigateway.serving import refusals
from serein.services.apigateway.serving.exchange import Exchange
from serein.services.apigateway.serving.refusals import Refused
from serein.services.apigateway.serving.templates import JSON_TYPE, media_type

_DEFAULT = "$default"
_MODELS_URI = "https://apigateway.amazonaws.com/restapis/{}/models/{}"
_MOST_ERRORS = 10


class Models:
    """An API's models; each is compiled when the first body is checked by it."""

    def __init__(self, api_id: str, models: list[dict[str, Any]]) -> None:
        self._schemas = {model["name"]: model.get("schema") or "{}" for model in models}
        self._api_id = api_id
        self._compiled: dict[str, Any] = {}

    def errors_of(self, name: str, document: Any) -> list[str]:
        """What is wrong with a document, in the words of AWS's validator; empty when nothing is.

        Raises Refused with 500 for a model whose schema can't be used.
        """
        if name not in self._compiled:
            self._compiled[name] = self._compile(name)
        validator = self._compiled[name]
        if validator is None or validator.is_valid(document):
            return []
        errors = []
        for error in validator.iter_errors(document):
            errors.append(_words(error))
            if len(errors) == _MOST_ERRORS:
                break
        return errors

    def _compile(self, name: str) -> Any:
        """A validator, None for a model that isn't there: AWS checks nothing then."""
        if name not in self._schemas:
            return None
        try:
            documents = {each: json.loads(schema) for each, schema in self._schemas.items()}
            resources = [(_MODELS_URI.format(self._api_id, each), schema) for each, schema in documents.items()]
            registry = jsonschema_rs.Registry(resources, draft=jsonschema_rs.Draft4)
            return jsonschema_rs.Draft4Validator(documents[name], registry=registry, offline=True)
        except (ValueError, RecursionError) as error:
            raise Refused(refusals.API_CONFIGURATION_ERROR, reason=f"model {name}: {error}") from error


class RequestValidator:
    """What a method demands of requests."""

    __slots__ = ("_body_models", "_models", "_required")

    def __init__(self, method: dict[str, Any], validator: dict[str, Any], models: Models) -> None:
        self._models = models
        self._required: list[tuple[str, str]] = []
        if validator.get("validateRequestParameters"):
            for name, is_required in (method.get("requestParameters") or {}).items():
                place, _, parameter = name.removeprefix("method.request.").partition(".")
                if is_required and parameter:
                    self._required.append((place, parameter))
        is_checked = validator.get("validateRequestBody")
        self._body_models: dict[str, str] = (method.get("requestModels") or {}) if is_checked else {}

    def check(self, exchange: Exchange) -> None:
        """Raises Refused with 400."""
        missing = [name for place, name in self._required if not _has(exchange, place, name)]
        if missing:
            raise Refused(
                refusals.BAD_REQUEST_PARAMETERS, f"Missing required request parameters: [{', '.join(missing)}]"
            )
        if self._body_models:
            self._check_body(exchange)

    def _check_body(self, exchange: Exchange) -> None:
        kind = media_type(exchange.http.headers.get("content-type")) or JSON_TYPE
        name = self._body_models.get(kind) or self._body_models.get(_DEFAULT)
        # AWS: a content type without a model is not checked.
        if name is None:
            return
        try:
            document = json.loads(exchange.body) if exchange.body.strip() else {}
            errors = self._models.errors_of(name, document)
        except (ValueError, RecursionError) as error:
            raise Refused(refusals.BAD_REQUEST_BODY, validation="[Unable to parse the request body]") from error
        if errors:
            exchange.log(f"Request body does not match model schema for content type {kind}: [{', '.join(errors)}]")
            raise Refused(refusals.BAD_REQUEST_BODY, validation=f"[{', '.join(errors)}]")


def _has(exchange: Exchange, place: str, name: str) -> bool:
    # AWS: a parameter that is there and empty counts as missing.
    if place == "header":
        return bool(exchange.http.headers.get(name.lower()))
    if place == "querystring":
        return any(exchange.query.get(name, ()))
    return bool(exchange.parameters.get(name))


def _words(error: Any) -> str:
    """An error in the words of the validator that AWS runs (github.com/java-json-tools/json-schema-validator)."""
    kind, limit = error.kind, getattr(error.kind, "limit", None)
    name = kind.name
    if name == "required":
        missing = [each for each in _required_of(error) if each not in error.instance]
        return f"object has missing required properties ({_listed(sorted(missing) or [kind.property])})"
    if name == "additionalProperties":
        unwanted = _listed(sorted(kind.unexpected))
        return f"object instance has properties which are not allowed by the schema: {unwanted}"
    if name == "type":
        allowed = _listed(sorted(kind.types))
        return (
            f"instance type ({_type_of(error.instance)}) does not match any allowed primitive type (allowed: {allowed})"
        )
    if name == "enum":
        return f"instance value ({_text(error.instance)}) not found in enum (possible values: {_text(kind.options)})"
    if name == "pattern":
        return f'ECMA 262 regex "{kind.pattern}" does not match input string {_text(error.instance)}'
    if name in _LIMITS:
        return _LIMITS[name].format(limit=limit, found=_text(error.instance), size=_size(error.instance))
    return str(error.message)


_LIMITS = {
    "minimum": "numeric instance is lower than the required minimum (minimum: {limit}, found: {found})",
    "maximum": "numeric instance is greater than the required maximum (maximum: {limit}, found: {found})",
    "minLength": "string {found} is too short (length: {size}, required minimum: {limit})",
    "maxLength": "string {found} is too long (length: {size}, maximum allowed: {limit})",
    "minItems": "array is too short: must have at least {limit} elements but instance has {size} elements",
    "maxItems": "array is too long: must have at most {limit} elements but instance has {size} elements",
    "minProperties": "object has too few properties (found {size} but schema requires at least {limit})",
    "maxProperties": "object has too many properties (found {size} but schema requires at most {limit})",
}


def _required_of(error: Any) -> list[str]:
    found = getattr(error.kind, "property", "")
    return [found] if isinstance(found, str) else list(found)


def _listed(values: list[str]) -> str:
    return json.dumps(values, separators=(",", ":"))


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _size(value: Any) -> int:
    return len(value) if isinstance(value, str | list | dict) else 0


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    if isinstance(value, dict | list):
        return "object" if isinstance(value, dict) else "array"
    return "integer" if isinstance(value, int) else "number"
