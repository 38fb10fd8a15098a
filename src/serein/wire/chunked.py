"""Streamed bodies: `aws-chunked` is taken apart as it arrives, and what protects a body is verified.

A chunk is `size;chunk-signature=…` CRLF, bytes, CRLF; the last has size zero and may be followed by trailers. Nothing
but one piece of the connection is held in memory. A body that turns out wrong raises where it is read, so whoever
stores it must not have committed yet.
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
"""

import hashlib
import hmac
import re
from collections.abc import AsyncIterator

from serein.kernel.errors import AwsError
from serein.kernel.http import ByteStream, HttpRequest
from serein.wire.checksums import Checksum, checksum_text, find_checksum
from serein.wire.sigv4 import ChunkKey

_LINE_LIMIT = 16 * 1024
"""Bytes of a chunk's first line, or of a trailer."""
_EMPTY_HASH = hashlib.sha256(b"").hexdigest()
_HEX_HASH = re.compile(r"[0-9a-f]{64}\Z")
_SIZE = re.compile(rb"[0-9a-fA-F]{1,15}\Z")
_TRAILER_LIMIT = 32
_CHECKSUM_PREFIX = "x-amz-checksum-"


class IncompleteBody(AwsError):
    """The request body terminated unexpectedly"""


class InvalidChunk(AwsError):
    """The chunks of the body could not be read."""

    code = "InvalidRequest"


class BadDigest(AwsError):
    """The Content-MD5 or checksum value that you specified did not match what the server received."""


class XAmzContentSHA256Mismatch(AwsError):
    """The provided 'x-amz-content-sha256' header does not match what was computed."""


class MalformedTrailerError(AwsError):
    """The request contained trailing data that was not well-formed or did not conform to our published schema."""


class SignatureDoesNotMatch(AwsError):
    """The request signature we calculated does not match the signature you provided."""

    status = 403


def decoded(http: HttpRequest, key: ChunkKey | None = None) -> ByteStream:
    """The body without its transfer form, and verified as it is read.

    Checked are the length, `x-amz-content-sha256` when it is a hash, the checksums in trailers, and with `key` the
    chunks' signatures. Checksums in headers are members of the operation, which checks them itself.
    """
    stated = http.headers.get("x-amz-content-sha256", "")
    checks = _Checks(http)
    encoding = http.headers.get("content-encoding", "")
    if not stated.startswith("STREAMING-") and "aws-chunked" not in encoding:
        if checks.is_empty:
            return http.body
        return ByteStream(_verified(http.body, checks), http.body.size_bytes)
    length = _length(http.headers.get("x-amz-decoded-content-length", ""))
    signer = _ChunkSigner(key) if key is not None and "HMAC" in stated else None
    return ByteStream(_chunks(http.body, checks, signer, length), length)


def _length(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 16 else None


class _Checks:
    """What a request says its body is protected by, besides the headers that become members of the operation."""

    def __init__(self, http: HttpRequest) -> None:
        headers = http.headers
        stated = headers.get("x-amz-content-sha256", "")
        self._sha256 = stated if _HEX_HASH.match(stated) else ""
        self._sha256_sum = hashlib.sha256() if self._sha256 else None
        self._trailers: dict[str, Checksum] = {}
        for trailer in headers.get("x-amz-trailer", "").split(","):
            name = trailer.strip().lower()
            if not name.startswith(_CHECKSUM_PREFIX):
                continue
            checksum = find_checksum(name.removeprefix(_CHECKSUM_PREFIX))
            if checksum is None:
                raise InvalidChunk("The value specified in the x-amz-trailer header is not supported")
            self._trailers[name] = checksum
        self._active: list[Checksum] = list(self._trailers.values())
        if self._sha256_sum is not None:
            self._active.append(self._sha256_sum)

    @property
    def is_empty(self) -> bool:
        return not self._active

    def update(self, chunk: bytes) -> None:
        for checksum in self._active:
            checksum.update(chunk)

    def finish(self, trailers: dict[str, str]) -> None:
        """Compare everything. Raises the error of the first that differs."""
        if self._sha256_sum is not None and self._sha256_sum.hexdigest() != self._sha256:
            raise XAmzContentSHA256Mismatch(
                ClientComputedContentSHA256=self._sha256, S3ComputedContentSHA256=self._sha256_sum.hexdigest()
            )
        for name, checksum in self._trailers.items():
            if name not in trailers:
                raise MalformedTrailerError
            _compare(name.removeprefix(_CHECKSUM_PREFIX), trailers[name], checksum)


def _compare(name: str, value: str, checksum: Checksum) -> None:
    if value.strip() != checksum_text(checksum):
        raise BadDigest(f"The {name.upper()} you specified did not match the calculated checksum.")


async def _verified(body: ByteStream, checks: _Checks) -> AsyncIterator[bytes]:
    async for chunk in body:
        checks.update(chunk)
        yield chunk
    checks.finish({})


class _ChunkSigner:
    """Verifies chunk signatures, each of which continues the one before."""

    def __init__(self, key: ChunkKey) -> None:
        self._key = key
        self._previous = key.seed
        self._hash = hashlib.sha256()

    def update(self, chunk: bytes) -> None:
        self._hash.update(chunk)

    def finish_chunk(self, signature: str) -> None:
        key = self._key
        to_sign = "\n".join(
            ["AWS4-HMAC-SHA256-PAYLOAD", key.date, key.scope, self._previous, _EMPTY_HASH, self._hash.hexdigest()]
        )
        self._expect(to_sign, signature)
        self._hash = hashlib.sha256()

    def finish_trailers(self, text: bytes, signature: str) -> None:
        key = self._key
        to_sign = "\n".join(
            ["AWS4-HMAC-SHA256-TRAILER", key.date, key.scope, self._previous, hashlib.sha256(text).hexdigest()]
        )
        self._expect(to_sign, signature)

    def _expect(self, to_sign: str, signature: str) -> None:
        expected = hmac.new(self._key.key, to_sign.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            raise SignatureDoesNotMatch
        self._previous = expected


class _Pieces:
    """The connection's pieces, read by line or by size."""

    def __init__(self, body: ByteStream) -> None:
        self._pieces = body.__aiter__()
        self._buffer = b""

    async def _more(self) -> bool:
        try:
            piece = await anext(self._pieces)
        except StopAsyncIteration:
            return False
        self._buffer = self._buffer + bytes(piece) if self._buffer else bytes(piece)
        return True

    async def line(self) -> bytes:
        """The next line without its end. Raises IncompleteBody, or InvalidChunk when it is too long."""
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if searched > _LINE_LIMIT:
                raise InvalidChunk
            if not await self._more():
                raise IncompleteBody
        line, self._buffer = self._buffer[:end], self._buffer[end + 1 :]
        return line.removesuffix(b"\r")

    async def find_line(self) -> bytes | None:
        """The next line, or None at the end of the body."""
        while not self._buffer:
            if not await self._more():
                return None
        return await self.line()

    async def exactly(self, size_bytes: int) -> AsyncIterator[bytes]:
        """Yield the next bytes, in the pieces that they came in. Raises IncompleteBody."""
        left = size_bytes
        while left:
            if not self._buffer and not await self._more():
                raise IncompleteBody
            piece, self._buffer = self._buffer[:left], self._buffer[left:]
            left -= len(piece)
            if piece:
                yield piece


async def _chunks(
    body: ByteStream, checks: _Checks, signer: _ChunkSigner | None, length: int | None
) -> AsyncIterator[bytes]:
    pieces = _Pieces(body)
    total = 0
    while True:
        size, signature = _chunk_line(await pieces.line())
        total += size
        if length is not None and total > length:
            raise IncompleteBody("The body is longer than x-amz-decoded-content-length says")
        async for piece in pieces.exactly(size):
            checks.update(piece)
            if signer is not None:
                signer.update(piece)
            yield piece
        if signer is not None:
            signer.finish_chunk(signature)
        if size == 0:
            break
        if await pieces.line():
            raise InvalidChunk
    checks.finish(await _trailers(pieces, signer))
    if length is not None and total != length:
        raise IncompleteBody


def _chunk_line(line: bytes) -> tuple[int, str]:
    size, _, extension = line.partition(b";")
    if not _SIZE.match(size.strip()):
        raise InvalidChunk
    name, _, signature = extension.partition(b"=")
    return int(size, 16), signature.strip().decode("latin-1") if name.strip() == b"chunk-signature" else ""


async def _trailers(pieces: _Pieces, signer: _ChunkSigner | None) -> dict[str, str]:
    trailers: dict[str, str] = {}
    signed = b""
    while (line := await pieces.find_line()) is not None:
        if not line:
            continue
        name, separator, value = line.partition(b":")
        if not separator or len(trailers) >= _TRAILER_LIMIT:
            raise MalformedTrailerError
        key = name.strip().lower().decode("latin-1")
        text = value.strip().decode("latin-1")
        if key == "x-amz-trailer-signature":
            if signer is not None:
                signer.finish_trailers(signed, text)
            signed = b""
            continue
        trailers[key] = text
        signed += f"{key}:{text}\n".encode("latin-1")
    if signer is not None and signed:
        raise SignatureDoesNotMatch
    return trailers
