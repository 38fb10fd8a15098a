"""PurgeQueue: delete all messages of a queue, whatever their state."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import access
from serein.services.sqs.errors import PurgeQueueInProgress
from serein.services.sqs.queues import require_address
from serein.services.sqs.store import queues

_PURGE_SECONDS = 60


@operation("PurgeQueue")
async def purge_queue(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)

    def write(tx: Transaction) -> None:
        queue = access.require_queue(call, tx, address)
        if tx.now - queues.purged_at(tx, queue) < _PURGE_SECONDS:
            raise PurgeQueueInProgress(
                f"Only one PurgeQueue operation on {queue.name} is allowed every {_PURGE_SECONDS} seconds."
            )
        queues.discard_messages(tx, queue)
        tx.wake(queue.topic)

    await call.write(write)
    return {}
