"""Requests on their way, made by hand."""

from types import SimpleNamespace
from typing import Any, cast

from serein.kernel.call import Platform
from serein.kernel.clock import VirtualClock
from serein.kernel.http import ByteStream, HttpRequest
from serein.kernel.scope import Scope
from serein.services.apigateway.serving.exchange import Exchange


def exchange_of(
    method: str = "GET", path: str = "/", query: str = "", headers: dict[str, str] | None = None, body: bytes = b""
) -> Exchange:
    """A request to the stage `prod` of the API `api1`; the platform has a clock and nothing else."""
    platform = cast(Platform, SimpleNamespace(clock=VirtualClock(0.0), signatures=None))
    sent = {"host": "api1.execute-api.localhost", **{name.lower(): value for name, value in (headers or {}).items()}}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in sent.items()]
    http = HttpRequest(method, path, query, sent, ByteStream.of(body), "api1.execute-api.localhost", raw_headers=raw)
    exchange = Exchange(platform, http, Scope("123456789012", "eu-west-1"), "api1", path)
    exchange.stage_name, exchange.body = "prod", body
    return exchange


def snapshot_of(resources: list[dict[str, Any]], **parts: Any) -> dict[str, Any]:
    """A deployment's snapshot with these resources."""
    return {
        "restApi": {"id": "api1", "name": "test", **parts.pop("restApi", {})},
        "resources": resources,
        "models": [],
        "requestValidators": [],
        "authorizers": [],
        "gatewayResponses": [],
        **parts,
    }
