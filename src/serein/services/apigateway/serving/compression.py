"""Compressed bodies: unpacked when they come, packed when clients take them so.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gzip-compression-decompression.html
"""

import zlib

from serein.execute_api.bodies import LARGEST_BODY_BYTES
from serein.kernel.http import HttpReply
from serein.services.apigateway.serving import refusals
from serein.services.apigateway.serving.exchange import Exchange
from serein.services.apigateway.serving.refusals import Refused

_WINDOWS = {"gzip": 31, "deflate": 15}


def unpack(exchange: Exchange) -> None:
    """Unpack a request's body. Raises Refused with 400, 413 or 415."""
    encoding = exchange.http.headers.get("content-encoding", "").strip().lower()
    if not encoding or encoding == "identity" or not exchange.body:
        return
    window = _WINDOWS.get(encoding)
    if window is None:
        raise Refused(refusals.UNSUPPORTED_MEDIA_TYPE)
    unpacking = zlib.decompressobj(wbits=window)
    try:
        body = unpacking.decompress(exchange.body, LARGEST_BODY_BYTES + 1)
    except zlib.error as error:
        raise Refused(refusals.BAD_REQUEST, reason="the body is not what its encoding says") from error
    if len(body) > LARGEST_BODY_BYTES:
        raise Refused(refusals.REQUEST_TOO_LARGE)
    if not unpacking.eof:
        raise Refused(refusals.BAD_REQUEST, reason="the body is incomplete")
    exchange.body = body
    exchange.headers.pop("Content-Encoding", None)
    exchange.headers.pop("content-encoding", None)


def pack(exchange: Exchange, reply: HttpReply, smallest: int) -> None:
    """Pack a reply of `smallest` bytes or more, if the client takes it and nobody else packed it."""
    body = reply.body
    if not isinstance(body, bytes) or len(body) < smallest or not body:
        return
    accepted = exchange.http.headers.get("accept-encoding", "").lower()
    encoding = next((each for each in _WINDOWS if each in accepted), None)
    if encoding is None or any(name.lower() == "content-encoding" for name, _ in reply.headers):
        return
    packing = zlib.compressobj(wbits=_WINDOWS[encoding])
    reply.body = packing.compress(body) + packing.flush()
    reply.headers.append(("Content-Encoding", encoding))
