"""SendMessage: put a message into a queue."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import sending
from serein.services.sqs.messages import Sent, parse_draft, require_fitting, require_routable, sent_reply
from serein.services.sqs.queues import require_address
from serein.services.sqs.store import queues


@operation("SendMessage")
async def send_message(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)
    draft = parse_draft(request, call.trace_id)
    sender_id = call.caller.user_id

    def write(tx: Transaction) -> Sent:
        queue = queues.require_queue(tx, address)
        require_fitting(queue, draft)
        require_routable(queue, draft)
        return sending.append_message(tx, queue, draft, sender_id)

    return sent_reply(draft, await call.write(write))
