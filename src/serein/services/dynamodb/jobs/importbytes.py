"""From the bytes of imported objects to records: decompressed, and cut at newlines."""

from collections.abc import AsyncIterator, Callable

from serein.kernel.compressed import Gzip, MalformedData, Zstandard, expand

_LARGEST_RECORD_BYTES = 16 * 1024 * 1024


def decompressed(chunks: AsyncIterator[bytes], compression: str) -> AsyncIterator[bytes]:
    """The bytes behind GZIP, ZSTD or NONE. Raises MalformedData."""
    if compression == "NONE":
        return chunks
    return expand(chunks, Gzip() if compression == "GZIP" else Zstandard())


async def records(chunks: AsyncIterator[bytes], *, is_csv: bool) -> AsyncIterator[bytes]:
    """The lines that are not blank, without their ends. In CSV a quoted column may hold newlines.

    Raises MalformedData for a line of more than 16 MB.
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
            raise MalformedData("A record is larger than 16 MB")
    if record := (begun + rest).removesuffix(b"\r"):
        yield record


def _is_line(_: bytes) -> bool:
    return True


def _has_even_quotes(record: bytes) -> bool:
    return record.count(b'"') % 2 == 0
