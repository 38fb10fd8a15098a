"""Deployments compiled for the data plane: routing table, integrations and CORS, ready to answer."""

import json
from dataclasses import dataclass
from typing import Any

from serein.services.apigatewayv2.cors import Cors
from serein.services.apigatewayv2.integrations import LONGEST_TIMEOUT_MS, find_function
from serein.services.apigatewayv2.routing import RoutingTable, parse_route_key


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


@dataclass(frozen=True, slots=True)
class Compiled:
    """A deployment, ready."""

    routes: RoutingTable[Route]
    cors: Cors | None


def compile_snapshot(snapshot: str) -> Compiled:
    """Compile the text of a deployment's snapshot."""
    document = json.loads(snapshot)
    table: RoutingTable[Route] = RoutingTable()
    for entry in document["Routes"]:
        integration = document["Integrations"].get(entry["Integration"])
        table.add(parse_route_key(entry["RouteKey"]), _route(entry["RouteKey"], integration))
    return Compiled(table, Cors(document["Cors"]) if document["Cors"] else None)


def _route(key: str, integration: dict[str, Any] | None) -> Route:
    if integration is None:
        return Route(key, "", "", "", "", 0)
    kind, uri = integration["IntegrationType"], integration["IntegrationUri"]
    return Route(
        key,
        kind,
        (find_function(uri) or uri) if kind == "AWS_PROXY" else uri,
        integration["IntegrationMethod"],
        integration["PayloadFormatVersion"],
        integration.get("TimeoutInMillis", LONGEST_TIMEOUT_MS) / 1000,
    )


def with_variables(target: str, variables: dict[str, str]) -> str:
    """Fill in a target's stage variables; an unknown one becomes empty, as on AWS."""
    head, *rest = target.split("${stageVariables.")
    filled = [head]
    for part in rest:
        name, _, literal = part.partition("}")
        filled.append(variables.get(name, "") + literal)
    return "".join(filled)
