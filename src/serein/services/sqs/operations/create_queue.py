"""CreateQueue: make a queue, or find the one that is there with these attributes."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import dead_letters
from serein.services.sqs.attributes import find_difference, parse_attributes, with_defaults
from serein.services.sqs.errors import QueueDeletedRecently, QueueNameExists
from serein.services.sqs.queues import Address, require_name, url_of
from serein.services.sqs.store import queues


@operation("CreateQueue", stored=("Attributes.KmsMasterKeyId", "Attributes.SqsManagedSseEnabled"))
async def create_queue(call: Call, request: Request) -> Reply:
    name = require_name(request)
    address = Address(call.scope.account, call.scope.region, name)
    is_fifo = name.endswith(".fifo")
    given = parse_attributes(request.get("Attributes") or {}, is_fifo=is_fifo)
    attributes = with_defaults(given, is_fifo=is_fifo)

    def write(tx: Transaction) -> None:
        existing = queues.find_queue(tx, address)
        if existing is None:
            if call.platform.realism.is_gradual and queues.was_deleted_recently(tx, address):
                raise QueueDeletedRecently
            dead_letters.require_usable(tx, address, attributes)
            queues.insert_queue(tx, address, attributes, request.get("tags") or {})
            return
        difference = find_difference(existing.attributes, given)
        if difference is not None:
            raise QueueNameExists(
                f"A queue already exists with the same name and a different value for attribute {difference}"
            )

    await call.write(write)
    return {"QueueUrl": url_of(call.platform.limits.endpoint, address)}
