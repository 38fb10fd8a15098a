"""Deployments of WebSocket APIs, ready for the data plane."""

import json
import re
from dataclasses import dataclass
from typing import Any

from serein.services.apigatewayv2.integrations import find_function
from serein.services.apigatewayv2.sockets.expressions import Expression, parse_expression
from serein.services.apigatewayv2.sockets.integrations import LONGEST_TIMEOUT_MS
from serein.services.apigatewayv2.sockets.validation import Models


@dataclass(frozen=True, slots=True)
class Response:
    """An integration response. `pattern` is None for `$default`."""

    pattern: re.Pattern[str] | None
    templates: dict[str, str]
    selection: Expression
    content_handling: str
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Integration:
    """What answers a route."""

    kind: str
    uri: str
    function: str
    """The ARN of the function that it invokes, possibly with stage variables; empty when it invokes none."""
    method: str
    timeout_seconds: float
    templates: dict[str, str]
    selection: Expression
    passthrough: str
    content_handling: str
    parameters: dict[str, str]
    credentials: str
    responses: tuple[Response, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """A route; `integration` is None when it has no target."""

    key: str
    integration: Integration | None
    is_answered: bool
    """Whether what the integration returns goes to the client."""
    settings: dict[str, Any]
    models: dict[str, str]
    """Names of models by the key that the selection gives; empty where nothing is checked."""
    model_selection: Expression


@dataclass(frozen=True, slots=True)
class Compiled:
    """A deployment, ready."""

    selection: Expression
    api_key_source: str
    routes: dict[str, Route]
    authorizers: dict[str, dict[str, Any]]
    models: Models
    is_validating: bool


def compile_snapshot(snapshot: str, api_id: str = "") -> Compiled:
    """Compile the text of a deployment's snapshot."""
    document = json.loads(snapshot)
    responses: dict[str, list[Response]] = {}
    for part in document["IntegrationResponses"]:
        responses.setdefault(part["IntegrationId"], []).append(_response(part))
    integrations = {
        part_id: _integration(part, responses.get(part_id, [])) for part_id, part in document["Integrations"].items()
    }
    routes = {}
    answered = {part["RouteId"] for part in document.get("RouteResponses", ())}
    for part in document["Routes"]:
        integration = integrations.get(part.get("Target", "").partition("/")[2])
        routes[part["RouteKey"]] = _route(part, integration, has_response=part["RouteId"] in answered)
    return Compiled(
        parse_expression(document["Api"]["RouteSelectionExpression"]),
        document["Api"]["ApiKeySelectionExpression"],
        routes,
        document["Authorizers"],
        Models(api_id, document["Models"]),
        document["IsValidating"],
    )


def _route(part: dict[str, Any], integration: Integration | None, *, has_response: bool) -> Route:
    # AWS: bodies are checked for integrations without proxy only.
    is_checked = integration is not None and not integration.kind.endswith("_PROXY")
    return Route(
        part["RouteKey"],
        integration,
        # AWS: a route response is enough, as https://serverlessland.com/patterns/apigw-websocket-api-sfn-sync shows.
        has_response or bool(part.get("RouteResponseSelectionExpression")),
        part,
        part.get("RequestModels", {}) if is_checked else {},
        parse_expression(part.get("ModelSelectionExpression") or "$default"),
    )


def _integration(part: dict[str, Any], responses: list[Response]) -> Integration:
    uri = part.get("IntegrationUri", "")
    # Why sorted: patterns come before what is for everything else.
    ordered = sorted(responses, key=lambda response: response.pattern is None)
    return Integration(
        kind=part["IntegrationType"],
        uri=uri,
        function=(find_function(uri) or "") if part["IntegrationType"].startswith("AWS") else "",
        method=part.get("IntegrationMethod", "POST"),
        timeout_seconds=part.get("TimeoutInMillis", LONGEST_TIMEOUT_MS) / 1000,
        templates=part.get("RequestTemplates", {}),
        selection=parse_expression(part.get("TemplateSelectionExpression") or "$default"),
        passthrough=part["PassthroughBehavior"],
        content_handling=part.get("ContentHandlingStrategy", ""),
        parameters=part.get("RequestParameters", {}),
        credentials=part.get("CredentialsArn", ""),
        responses=tuple(ordered),
    )


def _response(part: dict[str, Any]) -> Response:
    key = part["IntegrationResponseKey"]
    return Response(
        None if key == "$default" else re.compile(key[1:-1]),
        part.get("ResponseTemplates", {}),
        parse_expression(part.get("TemplateSelectionExpression") or "$default"),
        part.get("ContentHandlingStrategy", ""),
        part.get("ResponseParameters", {}),
    )
