"""Trials of methods and authorizers that aren't deployed: requests made up by hand, and logs of what became of them."""

import time
from collections.abc import AsyncIterator
from typing import Any

from serein.kernel.call import Call
from serein.kernel.clock import monotonic
from serein.kernel.http import ByteStream, HttpReply, HttpRequest
from serein.kernel.operation import Reply, Request
from serein.services.apigateway.compiled import Deployment
from serein.services.apigateway.serving import logs
from serein.services.apigateway.serving.authorizers import Authorizer
from serein.services.apigateway.serving.exchange import Exchange
from serein.services.apigateway.serving.gateway_responses import refuse
from serein.services.apigateway.serving.integrations import MockIntegration
from serein.services.apigateway.serving.methods import Method
from serein.services.apigateway.serving.pipeline import prepare
from serein.services.apigateway.serving.refusals import Refused
from serein.services.apigateway.serving.routing import ResourceTree

STAGE = "test-invoke-stage"
_ADDRESS = "test-invoke-source-ip"
_DOMAIN = "testPrefix.testDomainName"


def new_exchange(call: Call, request: Request, verb: str, default_path: str) -> Exchange:
    """A request as the members of TestInvokeMethod and TestInvokeAuthorizer describe it."""
    several = {name: list(values) for name, values in (request.get("multiValueHeaders") or {}).items()}
    for name, value in (request.get("headers") or {}).items():
        several.setdefault(name, [value])
    raw = [
        (name.encode("utf-8"), value.encode("utf-8"))
        for name, values in several.items()
        for value in values
        if isinstance(value, str)
    ]
    path, _, query = (request.get("pathWithQueryString") or default_path).partition("?")
    if not path.startswith("/"):
        path = f"/{path}"
    http = HttpRequest(
        verb,
        path,
        query,
        {name.lower(): ",".join(values) for name, values in several.items()},
        ByteStream.of(b""),
        _DOMAIN,
        _ADDRESS,
        "https",
        raw,
    )
    exchange = Exchange(call.platform, http, call.scope, request["restApiId"], path)
    exchange.use_headers(several)
    exchange.stage_name = STAGE
    exchange.shown_path = f"/{STAGE}{exchange.path}"
    exchange.variables = dict(request.get("stageVariables") or {})
    exchange.body = (request.get("body") or "").encode("utf-8", "replace")
    exchange.identity = {"accountId": call.scope.account, "apiKey": "test-invoke-api-key"}
    exchange.lines, exchange.has_trace = [], True
    return exchange


async def try_method(exchange: Exchange, deployment: Deployment, method: Method) -> Reply:
    """What the method answers, with its log; authorizers, keys and throttles are passed over, as on AWS."""
    tree: ResourceTree[Method] = ResourceTree()
    tree.add(method.resource_path, method.verb, method)
    found = tree.find(exchange.path, method.verb)
    exchange.method = method
    exchange.parameters = found[1] if found is not None else {}
    began = monotonic()
    logs.begin(exchange)
    try:
        prepare(exchange, deployment, method)
        reply = await method.integration.answer(exchange)
        if isinstance(reply.body, AsyncIterator):
            reply.body = b"".join([chunk async for chunk in reply.body])
    except Refused as refused:
        exchange.log(f"Execution failed: {refused}")
        reply = refuse(exchange, refused, deployment.gateway_responses)
    if exchange.integration and not isinstance(method.integration, MockIntegration):
        reply.headers.insert(0, ("X-Amzn-Trace-Id", exchange.trace_id))
    logs.end(exchange, reply)
    return {
        "status": reply.status,
        "body": _text(reply),
        "headers": dict(reply.headers),
        "multiValueHeaders": _several(reply),
        "log": log_of(exchange),
        "latency": int((monotonic() - began) * 1000),
    }


async def try_authorizer(exchange: Exchange, authorizer: Authorizer) -> Reply:
    """What an authorizer says of a request, nothing remembered."""
    began = monotonic()
    answer: dict[str, Any] = {"clientStatus": 200}
    try:
        answer |= await authorizer.examine(exchange)
    except Refused as refused:
        exchange.log(f"Unauthorized request: {exchange.request_id}: {refused}")
        answer["clientStatus"] = refused.status
    answer["latency"] = int((monotonic() - began) * 1000)
    answer["log"] = log_of(exchange)
    return answer


def log_of(exchange: Exchange) -> str:
    lines = [f"Execution log for request {exchange.request_id}"]
    for at, text in exchange.lines or ():
        lines.append(f"{time.strftime('%a %b %d %H:%M:%S UTC %Y', time.gmtime(at))} : {text}")
    return "\n".join(lines) + "\n"


def _text(reply: HttpReply) -> str:
    return reply.body.decode("utf-8", "replace") if isinstance(reply.body, bytes) else ""


def _several(reply: HttpReply) -> dict[str, list[str]]:
    several: dict[str, list[str]] = {}
    for name, value in reply.headers:
        several.setdefault(name, []).append(value)
    return several
