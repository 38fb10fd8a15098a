"""SetQueueAttributes: change a queue's settings."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import access, dead_letters
from serein.services.sqs.attributes import Attributes, merged, parse_attributes
from serein.services.sqs.errors import missing_parameter
from serein.services.sqs.queues import Queue, require_address
from serein.services.sqs.store import groups, messages, queues


@operation("SetQueueAttributes", stored=("Attributes.KmsMasterKeyId", "Attributes.SqsManagedSseEnabled"))
async def set_queue_attributes(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)
    if not request.get("Attributes"):
        raise missing_parameter("Attribute.Name")

    def write(tx: Transaction) -> None:
        queue = access.require_queue(call, tx, address)
        given = parse_attributes(request["Attributes"], is_fifo=queue.is_fifo)
        attributes = merged(queue.attributes, given)
        if "RedrivePolicy" in given:
            dead_letters.require_usable(tx, address, attributes)
        queues.update_attributes(tx, queue, attributes)
        if queue.is_fifo and "DelaySeconds" in given:
            _apply_delay(tx, queue, attributes)
        tx.wake(queue.topic)

    await call.write(write)
    return {}


def _apply_delay(tx: Transaction, queue: Queue, attributes: Attributes) -> None:
    """AWS: only for FIFO queues is a new delay retroactive (API_SetQueueAttributes)."""
    messages.apply_delay(tx, queue, int(attributes["DelaySeconds"]))
    groups.refresh_groups(tx, queue, groups.group_ids(tx, queue))
