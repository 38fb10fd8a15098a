"""Shards and iterators: a stream's only shard, and positions in it."""

import zlib
from typing import NamedTuple

from serein.kernel.paging import find_position, page_token
from serein.services.dynamodbstreams.errors import (
    ExpiredIteratorException,
    ResourceNotFoundException,
    ValidationException,
)

_ITERATOR_SECONDS = 15 * 60


class Position(NamedTuple):
    """Where an iterator stands: after a sequence number, or at a `start` when that is empty."""

    stream_arn: str
    after: str
    start: str


def shard_of(stream_arn: str, created_at: float) -> str:
    """The name of a stream's shard."""
    return f"shardId-{int(created_at * 1000):020d}-{zlib.crc32(stream_arn.encode()):08x}"


def require_shard(stream_arn: str, created_at: float, shard_id: str) -> None:
    """Check that a shard is the stream's. Raises ResourceNotFoundException."""
    if shard_id != shard_of(stream_arn, created_at):
        raise ResourceNotFoundException(
            f"Requested resource not found: Shard does not exist: {shard_id} of stream {stream_arn}"
        )


def iterator_at(position: Position, now: float) -> str:
    """An iterator that stands at a position, good for 15 minutes."""
    return f"{position.stream_arn}|1|{page_token([position.after, position.start, now])}"


def require_position(iterator: str, now: float) -> Position:
    """Where an iterator stands. Raises ValidationException or ExpiredIteratorException."""
    arn, _, token = iterator.rpartition("|1|")
    found = find_position(token)
    if not arn or not isinstance(found, list) or len(found) != 3:
        raise ValidationException("Invalid ShardIterator")
    after, start, issued_at = found
    if not isinstance(after, str) or not isinstance(start, str) or not isinstance(issued_at, int | float):
        raise ValidationException("Invalid ShardIterator")
    if now - issued_at > _ITERATOR_SECONDS:
        raise ExpiredIteratorException()
    return Position(arn, after, start)


def number_before(sequence_number: str) -> str:
    """The sequence number just before another."""
    return str(int(sequence_number) - 1)
