"""UpdateShardCount: come to another number of shards of equal width."""

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis import lifecycle
from serein.services.kinesis.errors import LimitExceededException
from serein.services.kinesis.modes import MOST_SCALINGS, recent
from serein.services.kinesis.shards import MOST_SHARDS
from serein.services.kinesis.store import streams
from serein.services.kinesis.streams import Stream


@operation("UpdateShardCount")
async def update_shard_count(call: Call, request: Request) -> Reply:
    scope, is_gradual = call.scope, call.platform.realism.is_gradual
    target = request["TargetShardCount"]

    def write(tx: Transaction) -> Reply:
        stream = streams.require_named_stream(tx, scope, request)
        stream.require_provisioned("UpdateShardCount")
        stream.require_active()
        current = len(stream.open_shards)
        _require_reachable(current, target)
        lifecycle.require_shard_room(tx, scope, max(0, target - current))
        after = replace(stream.definition, scalings=_scalings(stream, tx.now))
        lifecycle.reshard_stream(tx, stream, after, ["scale", target], is_gradual=is_gradual)
        return {
            "StreamName": stream.name,
            "StreamARN": stream.arn,
            "CurrentShardCount": current,
            "TargetShardCount": target,
        }

    return await call.write(write)


def _require_reachable(current: int, target: int) -> None:
    counts = f"Current open shard count: {current} Target shard count: {target}"
    if target > current * 2:
        raise LimitExceededException(
            f"UpdateShardCount cannot scale up over double your current open shard count. {counts}"
        )
    if target * 2 < current:
        raise LimitExceededException(
            f"UpdateShardCount cannot scale down below half your current open shard count. {counts}"
        )
    if target > MOST_SHARDS:
        raise LimitExceededException(
            f"Target shard count or number of open shards cannot be greater than {MOST_SHARDS}. {counts}"
        )


def _scalings(stream: Stream, now: float) -> list[float]:
    """When the stream was scaled in the last day, now included. Raises LimitExceededException."""
    before = recent(stream.definition.scalings, now)
    if len(before) >= MOST_SCALINGS:
        raise LimitExceededException(
            f"Stream {stream.name} under account {stream.scope.account} can't be scaled by UpdateShardCount more than "
            f"{MOST_SCALINGS} times in 24 hours."
        )
    return [*before, now]
