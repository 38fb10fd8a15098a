"""ListShards' filters: which of a stream's shards are wanted."""

from collections.abc import Callable
from typing import Any

from serein.services.kinesis.errors import InvalidArgumentException
from serein.services.kinesis.shards import Shard
from serein.services.kinesis.streams import Stream

Filter = Callable[[Stream, Shard, float], bool]
"""Takes a stream, a shard of it that may have records, and the time."""


def parse_filter(wanted: dict[str, Any] | None) -> Filter:
    """What a ShardFilter keeps; everything without one. Raises InvalidArgumentException."""
    if wanted is None:
        return lambda stream, shard, now: True
    kind, shard_id, moment = wanted["Type"], wanted.get("ShardId"), wanted.get("Timestamp")
    if (kind == "AFTER_SHARD_ID") != (shard_id is not None):
        raise InvalidArgumentException(
            "ShardId must be specified if, and only if, the ShardFilter's type is AFTER_SHARD_ID."
        )
    if kind.endswith("_TIMESTAMP") != (moment is not None):
        raise InvalidArgumentException(
            "Timestamp must be specified if, and only if, the ShardFilter's type is AT_TIMESTAMP or FROM_TIMESTAMP."
        )
    if shard_id is not None:
        return lambda stream, shard, now: shard.name > shard_id
    if moment is not None:
        return _by_moment(float(moment), is_from=kind == "FROM_TIMESTAMP")
    if kind == "AT_TRIM_HORIZON":
        return lambda stream, shard, now: _is_open_at(shard, _horizon(stream, now))
    if kind == "AT_LATEST":
        return lambda stream, shard, now: shard.closed_at is None
    return lambda stream, shard, now: True


def _by_moment(moment: float, *, is_from: bool) -> Filter:
    def keep(stream: Stream, shard: Shard, now: float) -> bool:
        # AWS: a moment before the oldest record, or before the stream was made, means that one.
        at = max(moment, _horizon(stream, now))
        return (shard.closed_at is None or shard.closed_at >= at) if is_from else _is_open_at(shard, at)

    return keep


def _horizon(stream: Stream, now: float) -> float:
    return max(stream.oldest(now), stream.definition.created_at)


def _is_open_at(shard: Shard, moment: float) -> bool:
    return shard.opened_at <= moment and (shard.closed_at is None or shard.closed_at > moment)
