"""PurgeQueue: delete all messages of a queue, whatever their state."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs.errors import PurgeQueueInProgress
from serein.services.sqs.queues import require_address
from serein.services.sqs.store import groups, messages, queues

_PURGE_SECONDS = 60


@operation("PurgeQueue")
async def purge_queue(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)

    def write(tx: Transaction) -> None:
        queue = queues.require_queue(tx, address)
        if tx.now - queues.purged_at(tx, queue) < _PURGE_SECONDS:
            raise PurgeQueueInProgress(
                f"Only one PurgeQueue operation on {queue.name} is allowed every {_PURGE_SECONDS} seconds."
            )
        messages.delete_all(tx, queue)
        groups.delete_groups(tx, queue)
        queues.mark_purged(tx, queue)

    await call.write(write)
    return {}
