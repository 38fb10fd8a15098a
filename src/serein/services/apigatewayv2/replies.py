"""What a function returned, turned into an HTTP reply, in payload formats 1.0 and 2.0."""

import base64
import binascii
from typing import Any

import msgspec

from serein.kernel.http import Headers, HttpReply

_HOP_BY_HOP = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"})
_PLAIN_TEXT = "text/plain; charset=utf-8"
_decode = msgspec.json.Decoder().decode


class MalformedResponse(Exception):
    """The function returned something that is no response: the client gets 500 Internal Server Error."""


def message(status: int, text: str) -> HttpReply:
    """One of the gateway's own replies: `{"message":"Not Found"}`."""
    return HttpReply(status, [("content-type", "application/json")], msgspec.json.encode({"message": text}))


def reply_of(payload: bytes, version: str) -> HttpReply:
    """The reply that a function's payload stands for. Raises MalformedResponse."""
    try:
        returned = _decode(payload) if payload else None
    except msgspec.DecodeError as error:
        raise MalformedResponse from error
    if isinstance(returned, dict) and "statusCode" in returned:
        return _explicit(returned, version)
    if version == "1.0":
        raise MalformedResponse
    # AWS: without a statusCode, format 2.0 takes what was returned for the body of a 200; a string goes out bare.
    body = returned.encode() if isinstance(returned, str) else payload
    return HttpReply(200, [("content-type", "application/json")], body)


def _explicit(returned: dict[str, Any], version: str) -> HttpReply:
    headers = _headers(returned.get("headers"))
    if version == "1.0":
        headers = _merged(headers, returned.get("multiValueHeaders"))
    elif cookies := returned.get("cookies"):
        if not isinstance(cookies, list) or not all(isinstance(cookie, str) for cookie in cookies):
            raise MalformedResponse
        headers += [("set-cookie", cookie) for cookie in cookies]
    if not any(name == "content-type" for name, _ in headers):
        headers.append(("content-type", _PLAIN_TEXT))
    return HttpReply(_status(returned["statusCode"]), headers, _content(returned))


def _status(status: Any) -> int:
    if isinstance(status, str) and status.isdigit():
        status = int(status)
    if not isinstance(status, int) or isinstance(status, bool) or not 100 <= status <= 599:
        raise MalformedResponse
    return status


def _content(returned: dict[str, Any]) -> bytes:
    body = returned.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise MalformedResponse
    if returned.get("isBase64Encoded") is not True:
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedResponse from error


def _headers(given: Any) -> Headers:
    if given is None:
        return []
    if not isinstance(given, dict):
        raise MalformedResponse
    return [
        (name.lower(), _header_value(value))
        for name, value in given.items()
        if value is not None and name.lower() not in _HOP_BY_HOP
    ]


def _header_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise MalformedResponse
    text = str(value)
    if "\r" in text or "\n" in text:
        raise MalformedResponse
    return text


def _merged(headers: Headers, several: Any) -> Headers:
    """Format 1.0's `multiValueHeaders` beside `headers`: the former wins for a name that is in both."""
    if several is None:
        return headers
    if not isinstance(several, dict) or not all(isinstance(values, list) for values in several.values()):
        raise MalformedResponse
    lowered = {name.lower(): values for name, values in several.items()}
    kept = [(name, value) for name, value in headers if name not in lowered]
    return kept + [
        (name, _header_value(value)) for name, values in lowered.items() if name not in _HOP_BY_HOP for value in values
    ]
