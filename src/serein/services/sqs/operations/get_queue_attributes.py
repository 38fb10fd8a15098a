"""GetQueueAttributes: a queue's settings, and how many messages it holds."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import access
from serein.services.sqs.attributes import COUNTED, require_readable
from serein.services.sqs.queues import require_address
from serein.services.sqs.store import counts


@operation("GetQueueAttributes")
async def get_queue_attributes(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)
    wanted = require_readable(request.get("AttributeNames") or [])
    wants_all = "All" in wanted

    def read(tx: Transaction) -> dict[str, str]:
        queue = access.require_queue(call, tx, address)
        attributes = {
            "QueueArn": queue.arn,
            "CreatedTimestamp": str(int(queue.created_at)),
            "LastModifiedTimestamp": str(int(queue.modified_at)),
            **queue.attributes,
        }
        if wants_all or wanted & COUNTED:
            visible, in_flight, delayed = counts.count_messages(tx, queue)
            attributes["ApproximateNumberOfMessages"] = str(visible)
            attributes["ApproximateNumberOfMessagesNotVisible"] = str(in_flight)
            attributes["ApproximateNumberOfMessagesDelayed"] = str(delayed)
        return attributes

    attributes = await call.read(read)
    selected = {name: value for name, value in attributes.items() if wants_all or name in wanted}
    return {"Attributes": selected} if selected else {}
