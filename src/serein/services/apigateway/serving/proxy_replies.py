"""What a function returned, turned into the reply to a client; and the headers that may not pass as they are.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html (the output
format), https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html (headers)
"""

import base64
import binascii
import re
from functools import lru_cache
from typing import Any

import msgspec

from serein.kernel.http import Headers, HttpReply
from serein.services.apigateway.serving.mappings import one_line
from serein.services.apigateway.serving.templates import JSON_TYPE

_MEMBERS = frozenset({"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"})
_REMAPPED = frozenset(
    {
        *("authorization", "connection", "content-length", "content-md5", "date", "host", "max-forwards", "server"),
        *("user-agent", "www-authenticate"),
    }
)
_DROPPED = frozenset(
    {"expect", "keep-alive", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade", "via"}
)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_decode = msgspec.json.Decoder().decode


class MalformedReply(Exception):
    """The function returned something that is no response: the client gets 502."""


@lru_cache(maxsize=2048)
def passed_name(name: str) -> str:
    """A header's name as the client gets it: as it is, remapped, or empty when it is dropped.

    AWS: headers that the gateway itself sends are remapped instead of lost.
    """
    lowered = name.lower()
    if lowered in _DROPPED or _TOKEN.fullmatch(name) is None:
        return ""
    return f"x-amzn-Remapped-{name}" if lowered in _REMAPPED else name


def passed_headers(headers: Headers) -> Headers:
    """The headers of an integration's reply as a client gets them."""
    return [(passed, one_line(value)) for name, value in headers if (passed := passed_name(name))]


def reply_of(payload: bytes, *, wants_bytes: bool) -> HttpReply:
    """The reply that a function's payload stands for. `wants_bytes` lets base64 be decoded. Raises MalformedReply."""
    try:
        returned = _decode(payload) if payload else None
    except (msgspec.DecodeError, RecursionError) as error:
        raise MalformedReply("not JSON") from error
    # AWS: no member is required, but others than these make it malformed.
    if not isinstance(returned, dict) or not _MEMBERS.issuperset(returned):
        raise MalformedReply("not an object with the members of a response")
    headers = _headers(returned)
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", JSON_TYPE))
    return HttpReply(_status(returned.get("statusCode", 200)), headers, _body(returned, wants_bytes=wants_bytes))


def head_of(text: bytes) -> tuple[int, Headers]:
    """The status and the headers that a streamed reply begins with. Raises MalformedReply."""
    try:
        head = _decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise MalformedReply("not JSON") from error
    if not isinstance(head, dict):
        raise MalformedReply("not an object")
    headers = _headers(head)
    cookies = head.get("cookies")
    if isinstance(cookies, list):
        headers += [("Set-Cookie", _value(cookie)) for cookie in cookies]
    return _status(head.get("statusCode", 200)), headers


def _status(status: Any) -> int:
    if isinstance(status, str) and len(status) == 3 and status.isascii() and status.isdigit():
        status = int(status)
    if not isinstance(status, int) or isinstance(status, bool) or not 100 <= status <= 599:
        raise MalformedReply("statusCode is none")
    return status


def _body(returned: dict[str, Any], *, wants_bytes: bool) -> bytes:
    body = returned.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise MalformedReply("body is not text")
    if returned.get("isBase64Encoded") is not True or not wants_bytes:
        return body.encode("utf-8", "replace")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedReply("body is not base64") from error


def _headers(returned: dict[str, Any]) -> Headers:
    """AWS: both kinds are merged; a value that is in both stands once."""
    single, several = returned.get("headers"), returned.get("multiValueHeaders")
    if not isinstance(single, dict | None) or not isinstance(several, dict | None):
        raise MalformedReply("headers are no object")
    headers: Headers = []
    for name, values in (several or {}).items():
        if not isinstance(values, list):
            raise MalformedReply("multiValueHeaders must hold lists")
        if passed := passed_name(name):
            headers += [(passed, _value(value)) for value in values]
    known = {(name.lower(), value) for name, value in headers}
    for name, value in (single or {}).items():
        passed = passed_name(name)
        if passed and value is not None and (passed.lower(), text := _value(value)) not in known:
            headers.append((passed, text))
    return headers


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise MalformedReply("a header's value is neither text nor number")
    return one_line(str(value))
