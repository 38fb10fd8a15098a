"""SendToList and MakeList: put a message into all queues of a list, as one row."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, joint_operation
from serein.services.sqs.messages import parse_draft
from serein.services.sqs.metrics import counts_of
from serein.services.sqs.queues import Queue, find_address
from serein.services.sqs.store import queues, shared


@joint_operation("SendToList")
def send_to_list(call: Call, tx: Transaction, request: Request) -> Reply:
    """Answers `{"Sent": True}`, or False when there is no such list (yet), or its queues have to be asked one by one.

    `Digest` is the list's, `Body` the message's body before and after what is each queue's own; the rest is what
    SendMessage is asked.
    """
    if call.is_asked or call.platform.realism.is_throttling:
        return {"Sent": False}
    head, tail = request["Body"]
    draft = parse_draft({**request, "MessageBody": head + tail}, call.trace_id)
    found = shared.find_list(tx, call.scope, request["Digest"])
    if found is None or draft.size_bytes + found.longest_fill > found.least_bytes:
        return {"Sent": False}
    shared.append_message(tx, found, draft, head, tail, call.caller.user_id)
    tx.wake(*found.topics)
    tx.then(lambda: counts_of(call.platform).sent_to_each(found, draft.size_bytes))
    return {"Sent": True}


@joint_operation("MakeList")
def make_list(call: Call, tx: Transaction, request: Request) -> Reply:
    """Make the list of a digest that SendToList doesn't know; `{"Made": False}` when a queue is none for lists.

    `Members` are (ARN, what is the queue's own in a body). A digest always stands for the same members.
    """
    if call.is_asked or call.platform.realism.is_throttling:
        return {"Made": False}
    if shared.find_list(tx, call.scope, request["Digest"]) is not None:
        return {"Made": True}
    members: list[tuple[Queue, str]] = []
    for arn, fill in request["Members"]:
        address = find_address(arn)
        queue = queues.find_queue(tx, address) if address is not None else None
        if queue is None or queue.is_fifo or queue.delay_seconds or queue.scope.region != call.scope.region:
            return {"Made": False}
        members.append((queue, fill))
    if len({queue.id for queue, _ in members}) < len(members):
        return {"Made": False}
    shared.insert_list(tx, call.scope, request["Digest"], members)
    return {"Made": True}
