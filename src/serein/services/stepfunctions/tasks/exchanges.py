"""HTTP requests of tasks: what their parameters make of them, and how replies are shown."""

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import SplitResult, urlencode, urlsplit

import msgspec

from serein.kernel.http import Headers

METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"})
_FORBIDDEN = frozenset(
    {
        "authorization",
        "connection",
        "content-md5",
        "expect",
        "host",
        "max-forwards",
        "proxy-authenticate",
        "server",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
        "www-authenticate",
    }
)
_FORBIDDEN_PREFIXES = ("x-forwarded", "x-amz")


def malformed(name: str) -> str:
    """AWS's words for a field of the wrong form."""
    return f"The value of the field '{name}' has an invalid format"


def is_one_of(value: Any, allowed: frozenset[str]) -> bool:
    return isinstance(value, str) and value in allowed


def method_fault(parameters: dict[str, Any]) -> str:
    """What is wrong with the method; empty when nothing is."""
    return "" if is_one_of(parameters.get("Method"), METHODS) else malformed("Method")


def find_url(text: Any) -> SplitResult | None:
    """The parts of a URL; None when the value isn't one."""
    if not isinstance(text, str):
        return None
    try:
        parts = urlsplit(text)
        return parts if parts.hostname and (parts.port is None or parts.port) else None
    except ValueError:
        return None


def is_forbidden(header: str, *, allows_authorization: bool = False) -> bool:
    """Whether AWS lets no task send a header."""
    name = header.lower()
    if allows_authorization and name == "authorization":
        return False
    return name in _FORBIDDEN or name.startswith(_FORBIDDEN_PREFIXES)


def find_pairs(values: Any, *, takes_texts: bool) -> list[tuple[str, str]] | None:
    """Headers or query parameters, each with a list of values; None when they aren't of that form."""
    if not isinstance(values, dict):
        return None
    pairs = []
    for name, given in values.items():
        each = [given] if takes_texts and not isinstance(given, list) else given
        if not isinstance(each, list) or any(isinstance(value, dict | list) for value in each):
            return None
        pairs += [(name, text_of(value)) for value in each if value is not None]
    return pairs


def text_of(value: Any) -> str:
    """A plain value as text: `true`, `1.5`."""
    return value if isinstance(value, str) else json.dumps(value)


def query_of(pairs: list[tuple[str, str]]) -> str:
    return urlencode(pairs)


def status_text(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return str(status)


def shown_reply(status: int, headers: Headers, body: bytes) -> dict[str, Any]:
    """A reply as a task's result: JSON bodies as values, others as text."""
    shown: dict[str, list[str]] = {}
    for name, value in headers:
        shown.setdefault(name, []).append(value)
    content_type = next(iter(shown.get("content-type", ())), "")
    return {
        "Headers": shown,
        "ResponseBody": _body_of(body, content_type),
        "StatusCode": status,
        "StatusText": status_text(status),
    }


def _body_of(body: bytes, content_type: str) -> Any:
    if "json" in content_type or body[:1] in (b"{", b"["):
        try:
            return msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass  # AWS: what isn't JSON after all is shown as text
    return body.decode("utf-8", "replace")
