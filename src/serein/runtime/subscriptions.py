"""Parses what an extension asks of the Telemetry API or the Logs API.

https://docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html
"""

from typing import Any
from urllib.parse import urlsplit

import msgspec

from serein.runtime.telemetry import Buffering, Destination, Subscription

_SCHEMAS = {
    "telemetry": ("2022-07-01", "2022-12-13", "2025-01-29"),
    "logs": ("2020-08-15", "2021-03-18"),
}
_TYPES = ("platform", "function", "extension")
_HOSTS = frozenset({"sandbox", "sandbox.localdomain", "localhost", "127.0.0.1"})
_LIMITS = {"maxItems": (1_000, 10_000), "maxBytes": (262_144, 1_048_576), "timeoutMs": (25, 30_000)}


class InvalidSubscription(Exception):
    """The request is not one of the API's."""


def parse_subscription(api: str, body: bytes) -> tuple[Subscription, list[str]]:
    """A subscription to `telemetry` or `logs`, and the types it names. Raises InvalidSubscription."""
    try:
        request = msgspec.json.decode(body)
    except msgspec.DecodeError:
        raise InvalidSubscription("Invalid JSON") from None
    if not isinstance(request, dict):
        raise InvalidSubscription("The request must be an object")
    schema = request.get("schemaVersion", _SCHEMAS[api][0])
    if schema not in _SCHEMAS[api]:
        raise InvalidSubscription(f"schemaVersion must be one of {', '.join(_SCHEMAS[api])}")
    types = request.get("types")
    if not isinstance(types, list) or not types or any(each not in _TYPES for each in types):
        raise InvalidSubscription(f"types must be some of {', '.join(_TYPES)}")
    destination = _parse_destination(request.get("destination"), api)
    buffering = _parse_buffering(request.get("buffering"))
    subscription = Subscription(
        frozenset(types), destination, buffering, is_logs_api=api == "logs", schema=schema if api == "logs" else "9"
    )
    return subscription, types


def _parse_destination(given: Any, api: str) -> Destination:
    if not isinstance(given, dict) or given.get("protocol") not in ("HTTP", "TCP"):
        raise InvalidSubscription("destination.protocol must be HTTP or TCP")
    if given["protocol"] == "TCP":
        port = given.get("port")
        if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= 65_535:
            raise InvalidSubscription("destination.port must be a port number")
        return Destination("TCP", port)
    uri = given.get("URI")
    method = given.get("method", "POST") if api == "logs" else "POST"
    if method not in ("POST", "PUT"):
        raise InvalidSubscription("destination.method must be POST or PUT")
    if given.get("encoding", "JSON") != "JSON":
        raise InvalidSubscription("destination.encoding must be JSON")
    try:
        parts = urlsplit(uri if isinstance(uri, str) else "")
        port = parts.port or 80
    except ValueError:
        raise InvalidSubscription("destination.URI is not a URI") from None
    if parts.scheme != "http" or parts.hostname not in _HOSTS:
        raise InvalidSubscription("destination.URI must be an http:// URI of the host sandbox.localdomain")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.isascii() or not target.isprintable() or " " in target:
        raise InvalidSubscription("destination.URI is not a URI")
    return Destination("HTTP", port, target, method=method)


def _parse_buffering(given: Any) -> Buffering:
    if given is None:
        return Buffering()
    if not isinstance(given, dict):
        raise InvalidSubscription("buffering must be an object")
    for name, value in given.items():
        if name not in _LIMITS:
            continue
        least, most = _LIMITS[name]
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise InvalidSubscription(f"buffering.{name} must be between {least} and {most}")
    return Buffering(
        given.get("maxItems", 10_000), given.get("maxBytes", 262_144), given.get("timeoutMs", 1_000) / 1000
    )
