"""The bytes of objects: records one after the other, compressed as the destination says."""

import asyncio
import io
import zipfile
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from serein.services.firehose.records import Record

_GZIP_WINDOW = 31
_ENTRY_MODE = 0o644 << 16


async def plain(records: AsyncIterator[list[Record]], delimiter: bytes) -> AsyncIterator[bytes]:
    async for page in records:
        yield b"".join([record.data + delimiter for record in page])


async def compressed(chunks: AsyncIterator[bytes], compression: str, name: str, at: float) -> AsyncIterator[bytes]:
    """The chunks in a format, `UNCOMPRESSED`, `GZIP` or `ZIP`; a ZIP file has one entry, `name` of the time `at`.

    The work is done in threads: a buffer may have 128 MB.
    """
    if compression == "GZIP":
        deflate = zlib.compressobj(wbits=_GZIP_WINDOW)
        async for chunk in chunks:
            if made := await asyncio.to_thread(deflate.compress, chunk):
                yield made
        yield await asyncio.to_thread(deflate.flush)
    elif compression == "ZIP":
        content = b"".join([chunk async for chunk in chunks])
        yield await asyncio.to_thread(_zipped, content, name, at)
    else:
        async for chunk in chunks:
            yield chunk


def _zipped(content: bytes, name: str, at: float) -> bytes:
    file = io.BytesIO()
    entry = zipfile.ZipInfo(name, datetime.fromtimestamp(at, UTC).timetuple()[:6])
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, _ENTRY_MODE
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(entry, content)
    return file.getvalue()
