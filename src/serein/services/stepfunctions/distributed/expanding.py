"""Datasets that are compressed: the bytes behind gzip and zstd, found by how they begin.

AWS: datasets may be compressed with GZIP or ZSTD; the name of the object doesn't matter here, its first bytes do.
"""

import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

_GZIP_MAGIC, _ZSTD_MAGIC = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_GZIP_WINDOW = 31
_PIECE_BYTES = 1024 * 1024
_ZSTD_INPUT_BYTES = 1024


class MalformedDataset(Exception):
    """A dataset can't be read; the message says why."""


class _Gzip:
    """Expands gzip data, several files in a row included, a megabyte at a time."""

    name = "GZIP"

    def __init__(self) -> None:
        self._expander: Any = None

    def expand(self, chunk: bytes) -> Iterator[bytes]:
        while chunk:
            self._expander = self._expander or zlib.decompressobj(_GZIP_WINDOW)
            try:
                yield self._expander.decompress(chunk, _PIECE_BYTES)
            except zlib.error as error:
                raise MalformedDataset(f"The object is not compressed with GZIP: {error}") from None
            chunk = self._expander.unconsumed_tail or self._expander.unused_data
            if self._expander.eof:
                self._expander = None

    @property
    def is_complete(self) -> bool:
        return self._expander is None


class _Zstandard:
    """Expands zstd data. Why little at a time: what comes out of some bytes can't be limited, but is within reason."""

    name = "ZSTD"

    def __init__(self) -> None:
        # Why here: a compiled library that few datasets need.
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
                    raise MalformedDataset(f"The object is not compressed with ZSTD: {error}") from None
                rest = self._expander.unused_data
                if self._expander.eof:
                    self._expander = None

    @property
    def is_complete(self) -> bool:
        return self._expander is None


async def expanded(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The bytes that are meant, in pieces of a megabyte or so. Raises MalformedDataset."""
    begun = b""
    while len(begun) < len(_ZSTD_MAGIC) and (chunk := await anext(chunks, b"")):
        begun += chunk
    expander: _Gzip | _Zstandard
    if begun.startswith(_GZIP_MAGIC):
        expander = _Gzip()
    elif begun.startswith(_ZSTD_MAGIC):
        expander = _Zstandard()
    else:
        async for chunk in _joined(begun, chunks):
            yield chunk
        return
    async for chunk in _joined(begun, chunks):
        for piece in expander.expand(chunk):
            yield piece
    if not expander.is_complete:
        raise MalformedDataset(f"The object ends before its {expander.name} data does")


async def _joined(begun: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if begun:
        yield begun
    async for chunk in chunks:
        yield chunk
