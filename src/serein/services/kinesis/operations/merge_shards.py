"""MergeShards: make one shard of two neighbours."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis import lifecycle
from serein.services.kinesis.errors import InvalidArgumentException
from serein.services.kinesis.shards import Shard
from serein.services.kinesis.store import streams
from serein.services.kinesis.streams import Stream


@operation("MergeShards")
async def merge_shards(call: Call, request: Request) -> Reply:
    scope, is_gradual = call.scope, call.platform.realism.is_gradual

    def write(tx: Transaction) -> None:
        stream = streams.require_named_stream(tx, scope, request)
        stream.require_provisioned("MergeShards")
        stream.require_active()
        first = stream.require_shard(request["ShardToMerge"])
        second = stream.require_shard(request["AdjacentShardToMerge"])
        _require_adjacent(stream, first, second)
        action = ["merge", first.number, second.number]
        lifecycle.reshard_stream(tx, stream, stream.definition, action, is_gradual=is_gradual)

    await call.write(write)
    return {}


def _require_adjacent(stream: Stream, first: Shard, second: Shard) -> None:
    place = f"in stream {stream.name} under account {stream.scope.account}"
    for shard in (first, second):
        if shard.closed_at is not None:
            raise InvalidArgumentException(
                f"Shard {shard.name} {place} has already been merged or split, and thus is not eligible for merging "
                "or splitting."
            )
    if int(first.high) + 1 != int(second.low) and int(second.high) + 1 != int(first.low):
        raise InvalidArgumentException(
            f"Shards {first.name} and {second.name} {place} are not an adjacent pair of shards eligible for merging"
        )
