"""SendMessage: put a message into a queue."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import access, sending
from serein.services.sqs.messages import Sent, parse_draft, require_fitting, require_routable, sent_reply
from serein.services.sqs.metrics import counts_of
from serein.services.sqs.queues import require_address


@operation("SendMessage")
async def send_message(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)
    draft = parse_draft(request, call.trace_id)
    sender_id = call.caller.user_id

    def write(tx: Transaction) -> Sent:
        queue = access.require_queue(call, tx, address)
        require_fitting(queue, draft)
        require_routable(queue, draft)
        return sending.append_messages(tx, queue, [draft], sender_id)[0]

    sent = await call.write(write)
    counts_of(call.platform).sent(address, [draft])
    return sent_reply(draft, sent)
