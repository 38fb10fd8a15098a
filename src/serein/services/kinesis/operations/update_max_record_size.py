"""UpdateMaxRecordSize: how large a record of a stream may be."""

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis import lifecycle
from serein.services.kinesis.store import streams


@operation("UpdateMaxRecordSize")
async def update_max_record_size(call: Call, request: Request) -> Reply:
    scope, is_gradual = call.scope, call.platform.realism.is_gradual

    def write(tx: Transaction) -> None:
        stream = streams.require_named_stream(tx, scope, request)
        stream.require_active()
        after = replace(stream.definition, record_kib=request["MaxRecordSizeInKiB"])
        lifecycle.change_stream(tx, stream, after, is_gradual=is_gradual)

    await call.write(write)
    return {}
