"""SendToQueues: put a message into each of many queues, in one transaction."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import access, sending
from serein.services.sqs.batches import Refusals
from serein.services.sqs.messages import Draft, parse_draft, require_fitting, require_routable
from serein.services.sqs.metrics import counts_of
from serein.services.sqs.queues import Address, Queue, require_address

Place = tuple[Address, Draft]


@operation("SendToQueues", internal=True)
async def send_to_queues(call: Call, request: Request) -> Reply:
    """`{"Messages": [what SendMessage is asked, …]}`; answers `{"Refused": {place in the list: AwsError}}`.

    A message that is refused leaves the others alone.
    """
    places: dict[int, Place] = {}
    refused: Refusals = {}
    for number, message in enumerate(request["Messages"]):
        try:
            places[number] = require_address(message, call.scope), parse_draft(message, call.trace_id)
        except AwsError as error:
            refused[number] = error
    more = await call.write(lambda tx: _append(tx, call, places))
    counts = counts_of(call.platform)
    for number, (address, draft) in places.items():
        if number not in more:
            counts.sent(address, [draft])
    return {"Refused": refused | more}


def _append(tx: Transaction, call: Call, places: dict[int, Place]) -> Refusals:
    refused: Refusals = {}
    fitting: list[tuple[Queue, Draft]] = []
    for number, (address, draft) in places.items():
        try:
            queue = access.require_queue(call, tx, address, "SendMessage")
            require_fitting(queue, draft)
            require_routable(queue, draft)
        except AwsError as error:
            refused[number] = error
        else:
            fitting.append((queue, draft))
    sending.append_everywhere(tx, fitting, call.caller.user_id)
    return refused
