"""Requests as Lambda functions see them: the proxy event of REST APIs (format 1.0)."""

import base64
from typing import Any

from serein.services.apigateway.serving.binary import BinaryTypes
from serein.services.apigateway.serving.exchange import Authorized, Exchange, last_values


def event_of(exchange: Exchange, binary: BinaryTypes) -> dict[str, Any]:
    """The event of a request that found its method.

    AWS: `path` stays percent-encoded; parameters of path and query are decoded.
    """
    http, method = exchange.http, exchange.method
    assert method is not None
    headers, query = exchange.headers, exchange.query
    text, is_encoded = body_text(exchange.body, http.headers.get("content-type"), binary)
    return {
        "resource": method.resource_path,
        "path": exchange.event_path,
        "httpMethod": http.method,
        "headers": last_values(headers) or None,
        "multiValueHeaders": headers or None,
        "queryStringParameters": last_values(query) or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": exchange.parameters or None,
        "stageVariables": exchange.variables or None,
        "requestContext": request_context(exchange),
        "body": text,
        "isBase64Encoded": is_encoded,
    }


def request_context(exchange: Exchange) -> dict[str, Any]:
    """`requestContext`, which authorizers get too."""
    context = exchange.context
    shown: dict[str, Any] = {
        "resourceId": context.get("resourceId"),
        "resourcePath": context.get("resourcePath"),
    }
    if "operationName" in context:
        shown["operationName"] = context["operationName"]
    for name in (
        *("httpMethod", "extendedRequestId", "requestTime", "path", "accountId", "protocol", "stage", "domainPrefix"),
        *("requestTimeEpoch", "requestId", "identity", "domainName", "deploymentId", "apiId"),
    ):
        shown[name] = context[name]
    if exchange.authorizer is not None:
        found = exchange.authorizer
        shown["authorizer"] = found.event if isinstance(found, Authorized) else found
    if exchange.is_canary:
        shown["isCanaryRequest"] = True
    return shown


def body_text(body: bytes, content_type: str | None, binary: BinaryTypes) -> tuple[str | None, bool]:
    """A body as an event has it, and whether it is base64."""
    if not body:
        return None, False
    if binary.has(content_type):
        return base64.b64encode(body).decode(), True
    return body.decode("utf-8", "replace"), False
