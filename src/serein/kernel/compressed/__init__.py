"""Data that is compressed with gzip or zstd, expanded piece by piece."""

import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

_GZIP_WINDOW = 31
_PIECE_BYTES = 1024 * 1024
_ZSTD_INPUT_BYTES = 1024


class MalformedData(Exception):
    """Data can't be read any further; the message says why."""


class Gzip:
    """Expands gzip data, several files in a row included, a megabyte at a time."""

    name = "GZIP"
    magic = b"\x1f\x8b"

    def __init__(self) -> None:
        self._expander: Any = None

    def expand(self, chunk: bytes) -> Iterator[bytes]:
        while chunk:
            self._expander = self._expander or zlib.decompressobj(_GZIP_WINDOW)
            try:
                yield self._expander.decompress(chunk, _PIECE_BYTES)
            except zlib.error as error:
                raise MalformedData(f"The object is not compressed with GZIP: {error}") from None
            chunk = self._expander.unconsumed_tail or self._expander.unused_data
            if self._expander.eof:
                self._expander = None

    @property
    def is_complete(self) -> bool:
        return self._expander is None


class Zstandard:
    """Expands zstd data. Why little at a time: what comes out of some bytes can't be limited, but is within reason."""

    name = "ZSTD"
    magic = b"\x28\xb5\x2f\xfd"

    def __init__(self) -> None:
        # Why here: a compiled library that little data needs.
        import zstandard

        self._error = zstandard.ZstdError
        self._new = zstandard.ZstdDecompressor().decompressobj
        self._expander: Any = None

    def expand(self, chunk: bytes) -> Iterator[bytes]:
        for at in range(0, len(chunk), _ZSTD_INPUT_BYTES):
            rest = chunk[at : at + _ZSTD_INPUT_BYTES]
            while rest:
                self._expander = self._expander or self._new()
                try:
                    yield self._expander.decompress(rest)
                except self._error as error:
                    raise MalformedData(f"The object is not compressed with ZSTD: {error}") from None
                rest = self._expander.unused_data
                if self._expander.eof:
                    self._expander = None

    @property
    def is_complete(self) -> bool:
        return self._expander is None


async def expand(chunks: AsyncIterator[bytes], expander: Gzip | Zstandard) -> AsyncIterator[bytes]:
    """The bytes that are meant, in pieces of a megabyte or so. Raises MalformedData."""
    async for chunk in chunks:
        for piece in expander.expand(chunk):
            yield piece
    if not expander.is_complete:
        raise MalformedData(f"The object ends before its {expander.name} data does")
