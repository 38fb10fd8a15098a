"""DeregisterStreamConsumer: a consumer reads no more; its subscriptions end."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis.lifecycle import CONSUMER_SECONDS
from serein.services.kinesis.store import consumers, streams


@operation("DeregisterStreamConsumer")
async def deregister_stream_consumer(call: Call, request: Request) -> Reply:
    scope, is_gradual = call.scope, call.platform.realism.is_gradual

    def write(tx: Transaction) -> None:
        consumer = consumers.require_named_consumer(tx, scope, request)
        if is_gradual:
            consumers.update_status(tx, consumer.arn, "DELETING", tx.now + CONSUMER_SECONDS)
        else:
            consumers.delete_consumer(tx, consumer.arn)
        stream = streams.find_stream_by_row(tx, consumer.stream_id)
        if stream is not None:
            tx.wake(stream.topic)

    await call.write(write)
    return {}
