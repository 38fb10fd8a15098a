"""Deployments compiled for the data plane: routing table, integrations and CORS, ready to answer."""

import json
from dataclasses import dataclass
from typing import Any

from serein.services.apigatewayv2.authorizers import Gate, compile_gate
from serein.services.apigatewayv2.cors import Cors
from serein.services.apigatewayv2.integrations import LONGEST_TIMEOUT_MS, find_function
from serein.services.apigatewayv2.parameters import Change, compile_changes, text_parameters
from serein.services.apigatewayv2.routing import RoutingTable, parse_route_key
from serein.services.apigatewayv2.selections import Selection
from serein.services.apigatewayv2.service_integrations import SUBTYPES, Subtype


@dataclass(frozen=True, slots=True)
class Route:
    """A route and what answers it. `kind` is AWS_PROXY, HTTP_PROXY, or empty for a route without integration."""

    key: str
    kind: str
    target: str
    """The function's ARN or the URI, possibly with `${stageVariables.x}`."""
    method: str
    payload_version: str
    timeout_seconds: float
    gate: Gate | None = None
    """What lets requests in; None for everybody."""
    request_changes: tuple[Change, ...] = ()
    reply_changes: dict[int, tuple[Change, ...]] | None = None
    """By the status of the integration's reply."""
    service: "ServiceCall | None" = None
    link: str = ""
    """The VPC link of a private integration."""
    server_name: str = ""
    """The name that the backend's certificate must have, when not the URI's."""
    credentials: str = ""
    """The role that calls the backend; API Gateway itself without one."""


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """A call of a service's operation."""

    subtype: Subtype
    parameters: dict[str, Selection]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A deployment, ready."""

    routes: RoutingTable[Route]
    cors: Cors | None
    has_sockets: bool = False
    """Whether it is a WebSocket API's, which this data plane doesn't serve."""


def compile_snapshot(snapshot: str) -> Compiled:
    """Compile the text of a deployment's snapshot."""
    document = json.loads(snapshot)
    table: RoutingTable[Route] = RoutingTable()
    if document.get("Protocol") == "WEBSOCKET":
        return Compiled(table, None, has_sockets=True)
    authorizers = document.get("Authorizers", {})
    for entry in document["Routes"]:
        integration = document["Integrations"].get(entry["Integration"])
        table.add(parse_route_key(entry["RouteKey"]), _route(entry, integration, compile_gate(entry, authorizers)))
    return Compiled(table, Cors(document["Cors"]) if document["Cors"] else None)


def _route(entry: dict[str, Any], integration: dict[str, Any] | None, gate: Gate | None) -> Route:
    if integration is None:
        return Route(entry["RouteKey"], "", "", "", "", 0, gate)
    kind, uri = integration["IntegrationType"], integration.get("IntegrationUri", "")
    subtype, parameters = integration.get("IntegrationSubtype"), integration.get("RequestParameters", {})
    replies = integration.get("ResponseParameters") or {}
    return Route(
        entry["RouteKey"],
        kind,
        (find_function(uri) or uri) if kind == "AWS_PROXY" else uri,
        integration.get("IntegrationMethod", ""),
        integration.get("PayloadFormatVersion", "1.0"),
        integration.get("TimeoutInMillis", LONGEST_TIMEOUT_MS) / 1000,
        gate,
        () if subtype else compile_changes(parameters),
        {int(status): compile_changes(given, is_response=True) for status, given in replies.items()} or None,
        ServiceCall(SUBTYPES[subtype], text_parameters(parameters)) if subtype else None,
        integration.get("ConnectionId", "") if integration.get("ConnectionType") == "VPC_LINK" else "",
        (integration.get("TlsConfig") or {}).get("ServerNameToVerify", ""),
        integration.get("CredentialsArn", ""),
    )


def with_variables(target: str, variables: dict[str, str]) -> str:
    """Fill in a target's stage variables; an unknown one becomes empty, as on AWS."""
    head, *rest = target.split("${stageVariables.")
    filled = [head]
    for part in rest:
        name, _, literal = part.partition("}")
        filled.append(variables.get(name, "") + literal)
    return "".join(filled)
