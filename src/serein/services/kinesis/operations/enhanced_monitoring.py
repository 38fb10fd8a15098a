"""EnableEnhancedMonitoring and DisableEnhancedMonitoring: which metrics of shards are wanted."""

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis import lifecycle
from serein.services.kinesis.store import streams

_METRICS = (
    "IncomingBytes",
    "IncomingRecords",
    "OutgoingBytes",
    "OutgoingRecords",
    "WriteProvisionedThroughputExceeded",
    "ReadProvisionedThroughputExceeded",
    "IteratorAgeMilliseconds",
)


@operation("EnableEnhancedMonitoring", stored=("ShardLevelMetrics",))
async def enable_enhanced_monitoring(call: Call, request: Request) -> Reply:
    return await _monitor(call, request, is_wanted=True)


@operation("DisableEnhancedMonitoring", stored=("ShardLevelMetrics",))
async def disable_enhanced_monitoring(call: Call, request: Request) -> Reply:
    return await _monitor(call, request, is_wanted=False)


async def _monitor(call: Call, request: Request, *, is_wanted: bool) -> Reply:
    scope, is_gradual = call.scope, call.platform.realism.is_gradual
    given = set(_METRICS if "ALL" in request["ShardLevelMetrics"] else request["ShardLevelMetrics"])

    def write(tx: Transaction) -> Reply:
        stream = streams.require_named_stream(tx, scope, request)
        stream.require_active()
        current = stream.definition.metrics
        desired = given | set(current) if is_wanted else set(current) - given
        metrics = [name for name in _METRICS if name in desired]
        if metrics != current:
            lifecycle.change_stream(tx, stream, replace(stream.definition, metrics=metrics), is_gradual=is_gradual)
        return {
            "StreamName": stream.name,
            "StreamARN": stream.arn,
            "CurrentShardLevelMetrics": current,
            "DesiredShardLevelMetrics": metrics,
        }

    return await call.write(write)
