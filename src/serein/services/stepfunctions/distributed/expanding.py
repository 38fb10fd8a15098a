"""Datasets that may be compressed: the bytes behind gzip and zstd, found by how they begin.

AWS: datasets may be compressed with GZIP or ZSTD; the name of the object doesn't matter here, its first bytes do.
"""

from collections.abc import AsyncIterator

from serein.kernel.compressed import Gzip, Zstandard, expand


async def expanded(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The bytes that are meant, in pieces of a megabyte or so. Raises MalformedData."""
    begun = b""
    while len(begun) < len(Zstandard.magic) and (chunk := await anext(chunks, b"")):
        begun += chunk
    content = _joined(begun, chunks)
    for kind in (Gzip, Zstandard):
        if begun.startswith(kind.magic):
            content = expand(content, kind())
            break
    async for piece in content:
        yield piece


async def _joined(begun: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if begun:
        yield begun
    async for chunk in chunks:
        yield chunk
