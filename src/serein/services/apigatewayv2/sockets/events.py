"""What functions are given: the events of connections and messages, and the `$context` of mapping templates.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html
"""

import time
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from serein.kernel.http import Closing, HttpRequest
from serein.services.apigatewayv2.sockets.connections import Peer, new_message_id

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NOT_SHOWN = frozenset({"connection", "upgrade", "content-length", "transfer-encoding", "te", "keep-alive"})
_OF_GATEWAY = frozenset({"host", "x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"})

Context = dict[str, Any]


def request_context(peer: Peer, route_key: str, kind: str, now: float, request_id: str) -> Context:
    """The `requestContext` of an event. `kind` is CONNECT, MESSAGE or DISCONNECT."""
    context: Context = {"routeKey": route_key}
    if peer.authorizer is not None:
        context["authorizer"] = peer.authorizer
    if kind == "MESSAGE":
        context["messageId"] = new_message_id()
    context.update(
        eventType=kind,
        extendedRequestId=request_id,
        requestTime=_request_time(int(now)),
        messageDirection="IN",
        stage=peer.stage,
        connectedAt=int(peer.connected_at * 1000),
        requestTimeEpoch=int(now * 1000),
        identity=peer.identity,
        requestId=request_id,
        domainName=peer.domain,
        connectionId=peer.id,
        apiId=peer.api_id,
    )
    return context


def connect_event(
    http: HttpRequest, domain: str, trace_id: str, context: Context, variables: dict[str, str]
) -> dict[str, Any]:
    """The event of `$connect`, and of its authorizer."""
    headers = headers_of(http, domain, trace_id)
    event: dict[str, Any] = {
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": headers,
    }
    if http.query:
        query = query_of(http)
        event["queryStringParameters"] = {name: values[-1] for name, values in query.items()}
        event["multiValueQueryStringParameters"] = query
    event["requestContext"] = context
    if variables:
        event["stageVariables"] = variables
    event["isBase64Encoded"] = False
    return event


def message_event(context: Context, body: str, variables: dict[str, str], *, is_encoded: bool) -> dict[str, Any]:
    event: dict[str, Any] = {"requestContext": context}
    if variables:
        event["stageVariables"] = variables
    event["body"] = body
    event["isBase64Encoded"] = is_encoded
    return event


def disconnect_event(context: Context, closing: Closing, variables: dict[str, str]) -> dict[str, Any]:
    # AWS: these headers, and these empty values.
    headers = {"Host": context["domainName"], "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
    told: Context = {"routeKey": context.pop("routeKey"), "disconnectStatusCode": closing.code}
    if "authorizer" in context:
        told["authorizer"] = context.pop("authorizer")
    told.update(context)
    told["disconnectReason"] = closing.reason
    event: dict[str, Any] = {
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "requestContext": told,
    }
    if variables:
        event["stageVariables"] = variables
    event["isBase64Encoded"] = False
    return event


def headers_of(http: HttpRequest, domain: str, trace_id: str) -> dict[str, list[str]]:
    """A request's headers as they were sent, with those that the gateway adds."""
    headers: dict[str, list[str]] = {"Host": [domain]}
    for raw_name, value in http.raw_headers:
        name = raw_name.decode("latin-1")
        if name.lower() not in _NOT_SHOWN and name.lower() not in _OF_GATEWAY:
            headers.setdefault(name, []).append(value.decode("latin-1"))
    earlier = http.headers.get("x-forwarded-for")
    headers["X-Amzn-Trace-Id"] = [trace_id]
    headers["X-Forwarded-For"] = [f"{earlier}, {http.client_address}" if earlier else http.client_address]
    headers["X-Forwarded-Port"] = ["443"]
    headers["X-Forwarded-Proto"] = ["https"]
    return headers


def query_of(http: HttpRequest) -> dict[str, list[str]]:
    several: dict[str, list[str]] = {}
    for name, value in parse_qsl(http.query, keep_blank_values=True):
        several.setdefault(name, []).append(value)
    return several


@lru_cache(maxsize=8)
def _request_time(second: int) -> str:
    """`12/Mar/2020:19:03:58 +0000`."""
    at = time.gmtime(second)
    return f"{at.tm_mday:02}/{_MONTHS[at.tm_mon - 1]}/{at.tm_year}:{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02} +0000"
