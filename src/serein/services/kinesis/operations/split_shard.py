"""SplitShard: make two shards of one."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis import lifecycle
from serein.services.kinesis.errors import InvalidArgumentException
from serein.services.kinesis.shards import Shard
from serein.services.kinesis.store import streams
from serein.services.kinesis.streams import Stream


@operation("SplitShard")
async def split_shard(call: Call, request: Request) -> Reply:
    scope, is_gradual = call.scope, call.platform.realism.is_gradual
    key = request["NewStartingHashKey"]

    def write(tx: Transaction) -> None:
        stream = streams.require_named_stream(tx, scope, request)
        stream.require_provisioned("SplitShard")
        stream.require_active()
        shard = stream.require_shard(request["ShardToSplit"])
        _require_inside(stream, shard, key)
        lifecycle.require_shard_room(tx, scope, 1)
        action = ["split", shard.number, key]
        lifecycle.reshard_stream(tx, stream, stream.definition, action, is_gradual=is_gradual)

    await call.write(write)
    return {}


def _require_inside(stream: Stream, shard: Shard, key: str) -> None:
    account = stream.scope.account
    if shard.closed_at is not None:
        raise InvalidArgumentException(
            f"Shard {shard.name} in stream {stream.name} under account {account} has already been merged or split, "
            "and thus is not eligible for merging or splitting."
        )
    if not int(shard.low) + 1 < int(key) < int(shard.high):
        raise InvalidArgumentException(
            f"NewStartingHashKey {key} used in SplitShard() on shard {shard.name} in stream {stream.name} under "
            f"account {account} is not both greater than one plus the shard's StartingHashKey {shard.low} and less "
            f"than the shard's EndingHashKey {shard.high}."
        )
