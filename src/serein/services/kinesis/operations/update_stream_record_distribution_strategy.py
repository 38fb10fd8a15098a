"""UpdateStreamRecordDistributionStrategy: whether keys or the service say which shard a record goes to."""

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis import lifecycle, modes
from serein.services.kinesis.store import streams


@operation("UpdateStreamRecordDistributionStrategy")
async def update_stream_record_distribution_strategy(call: Call, request: Request) -> Reply:
    scope, is_gradual = call.scope, call.platform.realism.is_gradual
    strategy = request["RecordDistributionStrategy"]

    def write(tx: Transaction) -> None:
        stream = streams.require_named_stream(tx, scope, request)
        stream.require_active()
        modes.require_distribution(strategy, stream.definition.mode)
        lifecycle.change_stream(tx, stream, replace(stream.definition, distribution=strategy), is_gradual=is_gradual)

    await call.write(write)
    return {}
