"""What an `http` event asks of requests: parameters, and bodies that match a model.

https://www.serverless.com/framework/docs/providers/aws/events/apigateway#request-schema-validators
"""

import re
from collections.abc import Mapping
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.fragments import Resource, alphanumeric, capitalized, resource

PLACES = {"paths": "path", "querystrings": "querystring", "headers": "header"}
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


def add_request(
    service: Mapping[str, Any],
    request: Mapping[str, Any],
    method: str,
    api: Any,
    stage: str,
    properties: dict[str, Any],
) -> dict[str, Resource]:
    """Add parameters, models and the validator to a method's properties; the resources that these are."""
    parameters = {
        f"method.request.{place}.{key}": _is_required(given)
        for kind, place in PLACES.items()
        for key, given in ((request.get("parameters") or {}).get(kind) or {}).items()
    }
    properties["RequestParameters"] = parameters
    found = _models(service, request, method, api, properties)
    own = request.get("reqValidatorName")
    if own:
        properties["RequestValidatorId"] = {"Ref": own} if isinstance(own, str) else own
    elif found or any(parameters.values()):
        logical_id = f"ApiGateway{alphanumeric(str(service['service']))}RequestValidator"
        validator = {
            "RestApiId": api,
            "ValidateRequestBody": True,
            "ValidateRequestParameters": True,
            "Name": f"{service['service']}-{stage} | Validate request body and querystring parameters",
        }
        found[logical_id] = resource("AWS::ApiGateway::RequestValidator", validator)
        properties["RequestValidatorId"] = {"Ref": logical_id}
    return found


def _is_required(given: Any) -> bool:
    return bool(given.get("required", True)) if isinstance(given, dict) else bool(given)


def _models(
    service: Mapping[str, Any], request: Mapping[str, Any], method: str, api: Any, properties: dict[str, Any]
) -> dict[str, Resource]:
    shared = (((service.get("provider") or {}).get("apiGateway") or {}).get("request") or {}).get("schemas") or {}
    found, models = {}, {}
    for kind, given in (request.get("schemas") or request.get("schema") or {}).items():
        is_shared = isinstance(given, str) and given in shared
        schema = shared[given] if is_shared else given
        logical_id = f"ApiGateway{_camel(given)}Model" if is_shared else f"{method}{_words(str(kind))}Model"
        if not isinstance(schema, dict):
            raise TemplateInvalid(f"the schema of {kind} of {method} is no JSON Schema")
        is_long = "schema" in schema
        model = {
            "RestApiId": api,
            "ContentType": "application/json" if is_shared else kind,
            "Schema": schema["schema"] if is_long else schema,
            "Name": schema.get("name") if is_long else None,
            "Description": schema.get("description") if is_long else None,
        }
        found[logical_id] = resource("AWS::ApiGateway::Model", model)
        models[kind] = {"Ref": logical_id}
    if models:
        properties["RequestModels"] = models
    return found


def _camel(text: str) -> str:
    return "".join(word.capitalize() for word in _WORDS.findall(text))


def _words(text: str) -> str:
    return "".join(capitalized(word) for word in _WORDS.findall(text))
