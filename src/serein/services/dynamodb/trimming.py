"""Forgetting what streams have kept for a day: records, shards, streams.

Readers are not shown what is older than a day, so what is forgotten may stay a little longer; that leaves one
transaction for many records. What is to be forgotten is found in a snapshot: a transaction that read the shards which
are being written to would be in the writers' way.
"""

from typing import NamedTuple

from serein.kernel.database import Transaction
from serein.services.dynamodb.changes import RETENTION_SECONDS
from serein.services.dynamodb.lineage import Shard, start_of
from serein.services.dynamodb.store import shards, streams

_RECORDS = 500
_SHARDS = 50
_SLACK_SECONDS = 60.0


class Trim(NamedTuple):
    """What to forget of a shard: records up to a number, and with `is_over` the shard itself."""

    stream_id: int
    number: int
    up_to: int
    is_over: bool


def find_trims(tx: Transaction) -> list[Trim]:
    """What to forget next; a part of it when it is much."""
    found: list[Trim] = []
    for stream_id, shard in shards.all_shards(tx):
        start = start_of(shard.number)
        oldest = streams.record_times(tx, stream_id, start, shard.last_sequence, _RECORDS) if shard.taken else []
        expired = [sequence for sequence, created_at in oldest if created_at + RETENTION_SECONDS <= tx.now]
        is_past = shard.closed_at is not None and shard.closed_at + RETENTION_SECONDS <= tx.now
        is_over = is_past and len(expired) == len(oldest) < _RECORDS
        if expired or is_over:
            found.append(Trim(stream_id, shard.number, expired[-1] if expired else start, is_over))
        if len(found) == _SHARDS:
            break
    return found


def trim(tx: Transaction, trims: list[Trim]) -> None:
    """Forget, also the streams that have no shards left."""
    for one in trims:
        streams.delete_records(tx, one.stream_id, start_of(one.number), one.up_to)
        if one.is_over:
            shards.delete_shard(tx, one.stream_id, one.number)
            if not shards.shards_of(tx, one.stream_id):
                streams.delete_stream(tx, one.stream_id)


def next_trim(tx: Transaction) -> float | None:
    """When to forget something, or to look again; None when there is no stream."""
    return min((_due(tx, stream_id, shard) for stream_id, shard in shards.all_shards(tx)), default=None)


def _due(tx: Transaction, stream_id: int, shard: Shard) -> float:
    start = start_of(shard.number)
    oldest = streams.record_times(tx, stream_id, start, shard.last_sequence, 1) if shard.taken else []
    since = oldest[0][1] if oldest else shard.closed_at if shard.closed_at is not None else tx.now
    return since + RETENTION_SECONDS + _SLACK_SECONDS
