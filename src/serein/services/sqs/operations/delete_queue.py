"""DeleteQueue: remove a queue and its messages."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import access
from serein.services.sqs.queues import require_address
from serein.services.sqs.store import moves, queues


@operation("DeleteQueue")
async def delete_queue(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)

    def write(tx: Transaction) -> None:
        queue = access.require_queue(call, tx, address)
        moves.delete_tasks(tx, queue.arn)
        queues.delete_queue(tx, queue)
        tx.wake(queue.topic)

    await call.write(write)
    return {}
