"""Shard iterators: opaque texts that say where in which shard to go on, for five minutes."""

import base64
import binascii
import struct
import zlib
from datetime import UTC, datetime
from typing import NamedTuple

from serein.services.kinesis.errors import ExpiredIteratorException, InvalidArgumentException

_LIFE_MILLISECONDS = 300_000
_FIELDS = struct.Struct(">QQQIQ")
_CHECK = struct.Struct(">I")
_FORM = 1


class ShardIterator(NamedTuple):
    """What an iterator says: the row of the stream, the shard's number, and the index to go on after."""

    stream_row: int
    shard: int
    after: int


def iterator_text(iterator: ShardIterator, now: float) -> str:
    """The text of an iterator that is given out now."""
    fields = _FIELDS.pack(_FORM, int(now * 1000), iterator.stream_row, iterator.shard, iterator.after)
    # Why the padding: AWS's are of this length, and users' columns and patterns are made for them.
    return base64.b64encode(fields + _CHECK.pack(zlib.crc32(fields)) + bytes(128)).decode()


def parse_iterator(text: str, now: float) -> ShardIterator:
    """What an iterator says. Raises InvalidArgumentException and ExpiredIteratorException."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _invalid() from None
    if len(content) != _FIELDS.size + _CHECK.size + 128:
        raise _invalid()
    fields = content[: _FIELDS.size]
    if _CHECK.unpack_from(content, _FIELDS.size)[0] != zlib.crc32(fields):
        raise _invalid()
    form, given_at, stream_row, shard, after = _FIELDS.unpack(fields)
    if form != _FORM:
        raise _invalid()
    milliseconds = int(now * 1000)
    if milliseconds - given_at > _LIFE_MILLISECONDS:
        raise ExpiredIteratorException(
            f"Iterator expired. The iterator was created at time {_shown(given_at)} while right now it is "
            f"{_shown(milliseconds)} which is further in the future than the tolerated delay of "
            f"{_LIFE_MILLISECONDS} milliseconds."
        )
    return ShardIterator(stream_row, shard, after)


def _invalid() -> InvalidArgumentException:
    return InvalidArgumentException("Invalid ShardIterator.")


def _shown(milliseconds: int) -> str:
    """AWS: `Thu Jan 22 01:22:02 UTC 2015`."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%a %b %d %H:%M:%S UTC %Y")
