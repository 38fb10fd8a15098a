"""Forgetting what streams have kept for a day: records, shards, streams.

Readers are not shown what is older than a day, so what is forgotten may stay a little longer; that leaves one
transaction for many records.
"""

from serein.kernel.database import Transaction
from serein.services.dynamodb.changes import RETENTION_SECONDS
from serein.services.dynamodb.lineage import Shard, start_of
from serein.services.dynamodb.store import shards, streams

_CHUNK = 500
_SLACK_SECONDS = 60.0


def trim_streams(tx: Transaction) -> None:
    """Remove records that are too old, shards that were closed and have none left, and streams without shards."""
    left: set[int] = set()
    for stream_id, shard in shards.all_shards(tx):
        start = start_of(shard.number)
        oldest = streams.record_times(tx, stream_id, start, shard.last_sequence, _CHUNK) if shard.taken else []
        expired = [sequence for sequence, created_at in oldest if created_at + RETENTION_SECONDS <= tx.now]
        if expired:
            streams.delete_records(tx, stream_id, start, expired[-1])
        is_over = shard.closed_at is not None and shard.closed_at + RETENTION_SECONDS <= tx.now
        if is_over and len(expired) == len(oldest) < _CHUNK:
            shards.delete_shard(tx, stream_id, shard.number)
        else:
            left.add(stream_id)
    for stream_id, ended_at in streams.all_streams(tx):
        if ended_at is not None and stream_id not in left:
            streams.delete_stream(tx, stream_id)


def next_trim(tx: Transaction) -> float | None:
    """When to remove something, or to look again; None when there is no stream."""
    return min((_due(tx, stream_id, shard) for stream_id, shard in shards.all_shards(tx)), default=None)


def _due(tx: Transaction, stream_id: int, shard: Shard) -> float:
    start = start_of(shard.number)
    oldest = streams.record_times(tx, stream_id, start, shard.last_sequence, 1) if shard.taken else []
    since = oldest[0][1] if oldest else shard.closed_at if shard.closed_at is not None else tx.now
    return since + RETENTION_SECONDS + _SLACK_SECONDS
