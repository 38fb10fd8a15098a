"""UpdateStreamMode: between provisioned and on-demand capacity; the shards stay."""

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis import lifecycle, modes
from serein.services.kinesis.errors import InvalidArgumentException, LimitExceededException
from serein.services.kinesis.store import accounts, streams
from serein.services.kinesis.streams import AUTO, ON_DEMAND, Stream


@operation("UpdateStreamMode", stored=("WarmThroughputMiBps",))
async def update_stream_mode(call: Call, request: Request) -> Reply:
    scope, is_gradual = call.scope, call.platform.realism.is_gradual
    mode, warm = request["StreamModeDetails"]["StreamMode"], request.get("WarmThroughputMiBps")

    def write(tx: Transaction) -> None:
        stream = streams.require_named_stream(tx, scope, request)
        stream.require_active()
        definition = stream.definition
        modes.require_warm(warm, mode, accounts.find_commitment(tx, scope))
        if definition.mode == mode:
            if warm is not None and warm != definition.warm_mibps:
                lifecycle.change_stream(tx, stream, replace(definition, warm_mibps=warm), is_gradual=is_gradual)
            return
        if mode == ON_DEMAND:
            lifecycle.require_on_demand_room(tx, scope)
        else:
            _require_plain(stream)
            lifecycle.require_shard_room(tx, scope, len(stream.open_shards))
        after = replace(definition, mode=mode, warm_mibps=warm, mode_changes=_changes(stream, tx.now))
        lifecycle.change_stream(tx, stream, after, is_gradual=is_gradual)

    await call.write(write)
    return {}


def _require_plain(stream: Stream) -> None:
    if stream.definition.distribution == AUTO:
        raise InvalidArgumentException(
            f"Stream {stream.name} under account {stream.scope.account} distributes records by AUTO, which is only "
            "supported in the on-demand capacity mode."
        )


def _changes(stream: Stream, now: float) -> list[float]:
    """When the mode was changed in the last day, now included. Raises LimitExceededException."""
    before = modes.recent(stream.definition.mode_changes, now)
    if len(before) >= modes.MOST_MODE_CHANGES:
        raise LimitExceededException(
            f"Stream {stream.name} under account {stream.scope.account} can't change its mode more than "
            f"{modes.MOST_MODE_CHANGES} times in 24 hours."
        )
    return [*before, now]
