"""Streams and shards as the operations that describe them show them."""

from typing import Any

from serein.services.kinesis.shards import Shard, live_shards, shard_name
from serein.services.kinesis.streams import ON_DEMAND, Stream


def stream_head(stream: Stream) -> dict[str, Any]:
    """What DescribeStream and DescribeStreamSummary both tell."""
    definition = stream.definition
    head: dict[str, Any] = {
        "StreamName": stream.name,
        "StreamARN": stream.arn,
        "StreamStatus": definition.status,
        "StreamModeDetails": {"StreamMode": definition.mode},
        "RetentionPeriodHours": definition.retention_hours,
        "StreamCreationTimestamp": int(definition.created_at),
        "EnhancedMonitoring": [{"ShardLevelMetrics": definition.metrics}],
        "EncryptionType": "KMS" if definition.key_id else "NONE",
    }
    return head | {"KeyId": definition.key_id} if definition.key_id else head


def stream_summary(stream: Stream) -> dict[str, Any]:
    """A stream as ListStreams shows it."""
    return {
        "StreamName": stream.name,
        "StreamARN": stream.arn,
        "StreamStatus": stream.definition.status,
        "StreamModeDetails": {"StreamMode": stream.definition.mode},
        "StreamCreationTimestamp": int(stream.definition.created_at),
    }


def open_shard_count(stream: Stream) -> int:
    return 0 if stream.definition.status == "CREATING" else len(stream.open_shards)


def shown_shards(stream: Stream, now: float, after: str | None) -> list[Shard]:
    """The shards that a stream has, or may have records of, after a name; none while it is being created."""
    if stream.definition.status == "CREATING":
        return []
    shards = live_shards(stream.definition.shards, stream.oldest(now))
    return shards if after is None else [shard for shard in shards if shard.name > after]


def shard_description(shard: Shard) -> dict[str, Any]:
    """A shard in the wire form."""
    numbers = {"StartingSequenceNumber": shard.start}
    end = shard.end
    if end is not None:
        numbers["EndingSequenceNumber"] = end
    described: dict[str, Any] = {
        "ShardId": shard.name,
        "HashKeyRange": shard.hash_key_range,
        "SequenceNumberRange": numbers,
    }
    if shard.parent >= 0:
        described["ParentShardId"] = shard_name(shard.parent)
    if shard.adjacent >= 0:
        described["AdjacentParentShardId"] = shard_name(shard.adjacent)
    return described


def warm_throughput(stream: Stream) -> dict[str, int] | None:
    """What an on-demand stream's warm throughput is to be and is, in MiB/s; None when nothing was asked for."""
    definition = stream.definition
    if definition.mode != ON_DEMAND or definition.warm_mibps is None:
        return None
    return {"TargetMiBps": definition.warm_mibps, "CurrentMiBps": definition.warm_mibps}
