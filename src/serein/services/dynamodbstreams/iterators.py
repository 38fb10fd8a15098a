"""Shard iterators: positions in a shard that are good for 15 minutes."""

from typing import NamedTuple

from serein.kernel.paging import find_position, page_token
from serein.services.dynamodbstreams.errors import ExpiredIteratorException, ValidationException

_ITERATOR_SECONDS = 15 * 60


class Position(NamedTuple):
    """Where an iterator stands: after a sequence number, which tells the shard too.

    One that `is_strict` is for the very next record; any other for the oldest that is left.
    """

    stream_arn: str
    after: str
    is_strict: bool


def iterator_at(position: Position, now: float) -> str:
    """An iterator that stands at a position."""
    return f"{position.stream_arn}|1|{page_token([position.after, position.is_strict, now])}"


def require_position(iterator: str, now: float) -> Position:
    """Where an iterator stands. Raises ValidationException or ExpiredIteratorException."""
    arn, _, token = iterator.rpartition("|1|")
    found = find_position(token)
    if not arn or not isinstance(found, list) or len(found) != 3:
        raise ValidationException("Invalid ShardIterator")
    after, is_strict, issued_at = found
    if not isinstance(after, str) or not isinstance(is_strict, bool) or not isinstance(issued_at, int | float):
        raise ValidationException("Invalid ShardIterator")
    if now - issued_at > _ITERATOR_SECONDS:
        raise ExpiredIteratorException()
    return Position(arn, after, is_strict)
