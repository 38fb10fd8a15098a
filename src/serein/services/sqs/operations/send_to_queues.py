"""SendToQueues: put a message into each of many queues, in one transaction."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply, Request, joint_operation
from serein.services.sqs import access, sending
from serein.services.sqs.batches import Refusals
from serein.services.sqs.messages import Draft, parse_draft, require_fitting, require_routable
from serein.services.sqs.metrics import counts_of
from serein.services.sqs.queues import Queue, require_address


@joint_operation("SendToQueues")
def send_to_queues(call: Call, tx: Transaction, request: Request) -> Reply:
    """`{"Messages": [what SendMessage is asked, …]}`; answers `{"Refused": {place in the list: AwsError}}`.

    A message that is refused leaves the others alone.
    """
    refused: Refusals = {}
    fitting: list[tuple[Queue, Draft]] = []
    for place, message in enumerate(request["Messages"]):
        try:
            address, draft = require_address(message, call.scope), parse_draft(message, call.trace_id)
            queue = access.require_queue(call, tx, address, "SendMessage")
            require_fitting(queue, draft)
            require_routable(queue, draft)
        except AwsError as error:
            refused[place] = error
        else:
            fitting.append((queue, draft))
    if fitting:
        sending.append_everywhere(tx, fitting, call.caller.user_id)
        tx.then(lambda: _count(call, fitting))
    return {"Refused": refused}


def _count(call: Call, sent: list[tuple[Queue, Draft]]) -> None:
    counts = counts_of(call.platform)
    for queue, draft in sent:
        counts.sent(queue.address, [draft])
