"""NextVisible: when a queue's next message can be received, for pollers that wait until then."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import access, receiving
from serein.services.sqs.queues import require_address


@operation("NextVisible", internal=True)
async def next_visible(call: Call, request: Request) -> Reply:
    """{"QueueUrl"} → {"At": seconds since the epoch, or None when the queue is empty}."""
    address = require_address(request, call.scope)

    def read(tx: Transaction) -> float | None:
        return receiving.next_visible_at(tx, access.require_queue(call, tx, address))

    return {"At": await call.read(read)}
