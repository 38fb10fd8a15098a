"""A stream as its readers need it."""

from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from serein.kernel.database import Transaction
from serein.services.dynamodb.changes import RETENTION_SECONDS, find_sequence
from serein.services.dynamodb.errors import ResourceNotFoundException, ValidationException
from serein.services.dynamodb.lineage import Shard, number_of
from serein.services.dynamodb.store import shards, streams


class Stream(NamedTuple):
    """A stream: `definition` holds its label, view type, key schema and creation time."""

    id: int
    table_name: str
    definition: dict[str, Any]
    ended_at: float | None


class Reach(NamedTuple):
    """A stretch of a stream to read: the numbers after `after`, of those that its shard has given so far."""

    stream_id: int
    after: int
    last: int
    is_closed: bool


def require_stream(tx: Transaction, arn: str) -> Stream:
    """The stream with an ARN. Raises ResourceNotFoundException, also a day after it has ended."""
    row = streams.find_stream(tx, arn)
    if row is None or _is_over(row[3], tx.now):
        raise _not_found(arn)
    return Stream(row[0], row[1], _definition(row[2]), row[3])


def live_shards(tx: Transaction, stream: Stream, start: str = "") -> list[Shard]:
    """The shards of a stream that may have records left, in the order in which they were opened.

    `start` is a sequence number of the first that is wanted.
    """
    first = number_of(find_sequence(start) or 0)
    return [shard for shard in shards.shards_of(tx, stream.id, first) if not _is_over(shard.closed_at, tx.now)]


def require_reach(tx: Transaction, arn: str, after: str) -> Reach:
    """What follows a sequence number in its shard. Raises ResourceNotFoundException and ValidationException."""
    sequence = find_sequence(after)
    if sequence is None:
        raise ValidationException(f"Invalid sequence number: {after}")
    row = shards.find_shard(tx, arn, number_of(sequence))
    if row is None or _is_over(row[3], tx.now):
        raise _not_found(arn)
    stream_id, last, closed_at, _ = row
    return Reach(stream_id, sequence, last, closed_at is not None)


def _is_over(ended_at: float | None, now: float) -> bool:
    return ended_at is not None and ended_at + RETENTION_SECONDS <= now


def _not_found(arn: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(f"Requested resource not found: Stream: {arn} not found")


@lru_cache(maxsize=1024)
def _definition(text: str) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(text)
    return found
