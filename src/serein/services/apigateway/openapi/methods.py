"""Operations of OpenAPI documents as methods with their integrations."""

from dataclasses import dataclass, field
from typing import Any

from serein.services.apigateway.openapi.documents import EXTENSION, Document, Node
from serein.services.apigateway.openapi.schemas import Models
from serein.services.apigateway.openapi.security import authorization_of

_PLACES = {"query": "querystring", "header": "header", "path": "path"}
_TEXTS = ("uri", "httpMethod", "credentials", "contentHandling", "connectionId", "cacheNamespace", "integrationTarget")
_UPPER = ("passthroughBehavior", "connectionType", "responseTransferMode")


@dataclass(slots=True)
class OfMethod:
    """A method in wire form, save that `authorizerName` and `validatorName` stand for ids."""

    settings: Node
    integration: Node | None
    """What PutIntegration would be asked, and `responses`: what PutIntegrationResponse would, by status."""
    path: str = ""
    verb: str = ""
    warnings: list[str] = field(default_factory=list)


def method_of(document: Document, models: Models, operation: Node, shared: list[Any]) -> OfMethod:
    settings = authorization_of(document, operation)
    made = OfMethod(settings, None)
    if operation.get("operationId"):
        settings["operationName"] = str(operation["operationId"])
    validator = operation.get(f"{EXTENSION}request-validator", document.extension("request-validator"))
    if validator:
        settings["validatorName"] = str(validator)
    _add_parameters(document, models, operation, shared, made)
    _add_responses(document, models, operation, settings)
    integration = operation.get(f"{EXTENSION}integration")
    if isinstance(integration, dict):
        made.integration = _integration(document.followed(integration))
    return made


def _add_parameters(document: Document, models: Models, operation: Node, shared: list[Any], made: OfMethod) -> None:
    parameters: dict[str, bool] = {}
    bodies: dict[str, str] = {}
    by_place = {}
    for given in [*shared, *(operation.get("parameters") or [])]:
        parameter = document.followed(given)
        by_place[parameter.get("in"), parameter.get("name")] = parameter
    for (place, name), parameter in by_place.items():
        if place in _PLACES:
            parameters[f"method.request.{_PLACES[place]}.{name}"] = bool(parameter.get("required", False))
        elif place == "body":
            types = operation.get("consumes") or document.root.get("consumes") or ["application/json"]
            model = models.name_of(parameter.get("schema"))
            bodies.update(dict.fromkeys([str(kind) for kind in types], model) if model else {})
        else:
            made.warnings.append(f"Parameter {name} in {place} is not supported and is ignored")
    content = document.followed(operation.get("requestBody")).get("content") or {}
    for kind, media in content.items():
        model = models.name_of(document.followed(media).get("schema"))
        if model:
            bodies[str(kind)] = model
    if parameters:
        made.settings["requestParameters"] = parameters
    if bodies:
        made.settings["requestModels"] = bodies


def _add_responses(document: Document, models: Models, operation: Node, settings: Node) -> None:
    responses: Node = {}
    for status, given in (operation.get("responses") or {}).items():
        if not (str(status).isdecimal() and len(str(status)) == 3):
            continue
        response = document.followed(given)
        made: Node = {"statusCode": str(status)}
        headers = response.get("headers") or {}
        if headers:
            made["responseParameters"] = {
                f"method.response.header.{name}": bool(document.followed(header).get("required", False))
                for name, header in headers.items()
            }
        made_models = _response_models(document, models, operation, response)
        if made_models:
            made["responseModels"] = made_models
        responses[str(status)] = made
    if responses:
        settings["methodResponses"] = dict(sorted(responses.items()))


def _response_models(document: Document, models: Models, operation: Node, response: Node) -> dict[str, str]:
    found: dict[str, str] = {}
    if document.is_3:
        for kind, media in (response.get("content") or {}).items():
            model = models.name_of(document.followed(media).get("schema"))
            if model:
                found[str(kind)] = model
        return found
    model = models.name_of(response.get("schema"))
    types = operation.get("produces") or document.root.get("produces") or ["application/json"]
    return dict.fromkeys([str(kind) for kind in types], model) if model else {}


def _integration(given: Node) -> Node:
    request: Node = {"type": str(given.get("type", "")).upper().replace("-", "_")}
    for name in _TEXTS:
        if given.get(name):
            request[name] = str(given[name])
    for name in _UPPER:
        if given.get(name):
            request[name] = str(given[name]).upper()
    if request.get("httpMethod"):
        request["integrationHttpMethod"] = request.pop("httpMethod").upper()
    _add_numbers(given, request)
    if given.get("cacheKeyParameters"):
        request["cacheKeyParameters"] = [str(name) for name in given["cacheKeyParameters"]]
    for name in ("requestParameters", "requestTemplates"):
        if given.get(name):
            request[name] = {str(key): _text(value) for key, value in given[name].items()}
    request["responses"] = _integration_responses(given.get("responses") or {})
    return request


def _add_numbers(given: Node, request: Node) -> None:
    if given.get("timeoutInMillis") is not None:
        request["timeoutInMillis"] = int(given["timeoutInMillis"])
    if isinstance(given.get("tlsConfig"), dict):
        insecure = given["tlsConfig"].get("insecureSkipVerification", False)
        request["tlsConfig"] = {"insecureSkipVerification": insecure in (True, "true")}


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _integration_responses(given: Node) -> Node:
    responses: Node = {}
    for pattern, settings in given.items():
        status = str(settings.get("statusCode", "200"))
        response: Node = {}
        if str(pattern) != "default":
            response["selectionPattern"] = str(pattern)
        for name in ("responseParameters", "responseTemplates"):
            if settings.get(name):
                response[name] = {str(key): _text(value) for key, value in settings[name].items()}
        if settings.get("contentHandling"):
            response["contentHandling"] = str(settings["contentHandling"]).upper()
        responses[status] = response
    return responses
