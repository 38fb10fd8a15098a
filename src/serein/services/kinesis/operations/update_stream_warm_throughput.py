"""UpdateStreamWarmThroughput: what an on-demand stream is ready to take at once."""

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis import lifecycle, modes
from serein.services.kinesis.store import accounts, streams


@operation("UpdateStreamWarmThroughput", stored=("WarmThroughputMiBps",))
async def update_stream_warm_throughput(call: Call, request: Request) -> Reply:
    scope, is_gradual = call.scope, call.platform.realism.is_gradual
    mibps = request["WarmThroughputMiBps"]

    def write(tx: Transaction) -> Reply:
        stream = streams.require_named_stream(tx, scope, request)
        stream.require_active()
        modes.require_warm(mibps, stream.definition.mode, accounts.find_commitment(tx, scope))
        current = stream.definition.warm_mibps
        lifecycle.change_stream(tx, stream, replace(stream.definition, warm_mibps=mibps), is_gradual=is_gradual)
        warm = {"TargetMiBps": mibps, "CurrentMiBps": (current or 0) if is_gradual else mibps}
        return {"StreamName": stream.name, "StreamARN": stream.arn, "WarmThroughput": warm}

    return await call.write(write)
