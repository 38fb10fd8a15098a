"""From the bytes of imported objects to records: decompressed, and cut at newlines."""

import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

_LARGEST_RECORD_BYTES = 16 * 1024 * 1024
_GZIP_WINDOW = 31
_PIECE_BYTES = 1024 * 1024
_ZSTD_INPUT_BYTES = 1024


class MalformedObject(Exception):
    """An object can't be read any further; the message says why."""


class _Gzip:
    """Expands gzip data, several files in a row included, a megabyte at a time."""

    def __init__(self) -> None:
        self._expander: Any = None

    def expand(self, chunk: bytes) -> Iterator[bytes]:
        while chunk:
            if self._expander is None:
                self._expander = zlib.decompressobj(_GZIP_WINDOW)
            try:
                yield self._expander.decompress(chunk, _PIECE_BYTES)
            except zlib.error as error:
                raise MalformedObject(f"The object is not compressed with GZIP: {error}") from None
            chunk = self._expander.unconsumed_tail or self._expander.unused_data
            if self._expander.eof:
                self._expander = None

    @property
    def is_complete(self) -> bool:
        return self._expander is None


class _Zstandard:
    """Expands zstd data. Why little at a time: what comes out of some bytes can't be limited, but is within reason."""

    def __init__(self) -> None:
        # Why here: a compiled library that few imports need.
        import zstandard

        self._error = zstandard.ZstdError
        self._new = zstandard.ZstdDecompressor().decompressobj
        self._expander: Any = None

    def expand(self, chunk: bytes) -> Iterator[bytes]:
        for at in range(0, len(chunk), _ZSTD_INPUT_BYTES):
            rest = chunk[at : at + _ZSTD_INPUT_BYTES]
            while rest:
                if self._expander is None:
                    self._expander = self._new()
                try:
                    yield self._expander.decompress(rest)
                except self._error as error:
                    raise MalformedObject(f"The object is not compressed with ZSTD: {error}") from None
                rest = self._expander.unused_data
                if self._expander.eof:
                    self._expander = None

    @property
    def is_complete(self) -> bool:
        return self._expander is None


async def decompressed(chunks: AsyncIterator[bytes], compression: str) -> AsyncIterator[bytes]:
    """The bytes behind GZIP, ZSTD or NONE. Raises MalformedObject."""
    if compression == "NONE":
        async for chunk in chunks:
            yield chunk
        return
    expander = _Gzip() if compression == "GZIP" else _Zstandard()
    async for chunk in chunks:
        for piece in expander.expand(chunk):
            yield piece
    if not expander.is_complete:
        raise MalformedObject(f"The object ends before its {compression} data does")


async def records(chunks: AsyncIterator[bytes], *, is_csv: bool) -> AsyncIterator[bytes]:
    """The lines that are not blank, without their ends. In CSV a quoted column may hold newlines.

    Raises MalformedObject for a line of more than 16 MB.
    """
    is_whole: Callable[[bytes], bool] = _has_even_quotes if is_csv else _is_line
    begun, rest = b"", b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            begun += line
            if is_whole(begun):
                if record := begun.removesuffix(b"\r"):
                    yield record
                begun = b""
            else:
                begun += b"\n"
        if len(begun) + len(rest) > _LARGEST_RECORD_BYTES:
            raise MalformedObject("A record is larger than 16 MB")
    if record := (begun + rest).removesuffix(b"\r"):
        yield record


def _is_line(_: bytes) -> bool:
    return True


def _has_even_quotes(record: bytes) -> bool:
    return record.count(b'"') % 2 == 0
