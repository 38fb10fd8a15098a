"""Requests' bodies, up to API Gateway's limit."""

from serein.kernel.http import HttpRequest

LARGEST_BODY_BYTES = 10 * 1024 * 1024
_MOST_DRAINED_BYTES = 64 * 1024 * 1024


class TooLarge(Exception):
    """The request's body is over 10 MB: the client gets 413."""


async def read_body(http: HttpRequest) -> bytes:
    """The body. Raises TooLarge, after reading on for a while: a client still sending would not see the reply."""
    if (http.body.size_bytes or 0) > _MOST_DRAINED_BYTES:
        raise TooLarge
    chunks, size = [], 0
    async for chunk in http.body:
        size += len(chunk)
        if size > _MOST_DRAINED_BYTES:
            break
        if size <= LARGEST_BODY_BYTES:
            chunks.append(chunk)
    if size > LARGEST_BODY_BYTES:
        raise TooLarge
    return b"".join(chunks)
