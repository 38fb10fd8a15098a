"""DeleteStream: remove a stream with its shards, records and, if that is wanted, consumers."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis import lifecycle
from serein.services.kinesis.errors import ResourceInUseException
from serein.services.kinesis.store import consumers, streams


@operation("DeleteStream")
async def delete_stream(call: Call, request: Request) -> Reply:
    scope, is_gradual = call.scope, call.platform.realism.is_gradual

    def write(tx: Transaction) -> None:
        stream = streams.require_named_stream(tx, scope, request)
        if not request.get("EnforceConsumerDeletion") and consumers.consumer_count(tx, stream):
            raise ResourceInUseException(
                f"Stream {stream.name} under account {stream.scope.account} has registered consumers; "
                "set EnforceConsumerDeletion to delete it with them."
            )
        if stream.definition.status != "DELETING":
            lifecycle.delete_stream(tx, stream, is_gradual=is_gradual)

    await call.write(write)
    return {}
