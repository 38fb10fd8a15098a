"""Requests as Lambda authorizers of HTTP APIs see them, in payload formats 1.0 and 2.0.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
"""

from typing import Any

from serein.services.apigatewayv2.events import Arrival, event_of

_IN_2_0 = (
    "routeKey",
    "rawPath",
    "rawQueryString",
    "cookies",
    "headers",
    "queryStringParameters",
    "requestContext",
    "pathParameters",
    "stageVariables",
)
_IN_1_0 = (
    "resource",
    "path",
    "httpMethod",
    "headers",
    "queryStringParameters",
    "pathParameters",
    "stageVariables",
    "requestContext",
)


def authorizer_event(arrival: Arrival, version: str, identity: tuple[str, ...]) -> dict[str, Any]:
    """The event for an authorizer; `identity` has the values of its identity sources."""
    event = event_of(arrival, version)
    if version == "2.0":
        asked: dict[str, Any] = {"version": "2.0", "type": "REQUEST", "routeArn": arrival.arn}
        asked["identitySource"] = list(identity) if identity else None
        return asked | {name: event[name] for name in _IN_2_0 if name in event}
    asked = {"version": "1.0", "type": "REQUEST", "methodArn": arrival.arn}
    if identity:
        # AWS: in format 1.0 several identity sources are one text.
        asked["identitySource"] = asked["authorizationToken"] = ",".join(identity)
    return asked | {name: event[name] for name in _IN_1_0}
