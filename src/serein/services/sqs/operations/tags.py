"""TagQueue, UntagQueue, ListQueueTags: the tags of a queue."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import access
from serein.services.sqs.errors import InvalidParameterValue, missing_parameter
from serein.services.sqs.queues import require_address
from serein.services.sqs.store import queues

_MOST_TAGS = 50


@operation("TagQueue")
async def tag_queue(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)
    given: dict[str, str] = request.get("Tags") or {}
    if not given:
        raise missing_parameter("Tags")

    def write(tx: Transaction) -> None:
        queue = access.require_queue(call, tx, address)
        tags = queues.tags_of(tx, queue) | given
        if len(tags) > _MOST_TAGS:
            raise InvalidParameterValue(f"Too many tags added for queue {queue.name}.")
        queues.update_tags(tx, queue, tags)

    await call.write(write)
    return {}


@operation("UntagQueue")
async def untag_queue(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)
    names = set(request.get("TagKeys") or ())
    if not names:
        raise missing_parameter("TagKeys")

    def write(tx: Transaction) -> None:
        queue = access.require_queue(call, tx, address)
        tags = queues.tags_of(tx, queue)
        queues.update_tags(tx, queue, {name: value for name, value in tags.items() if name not in names})

    await call.write(write)
    return {}


@operation("ListQueueTags")
async def list_queue_tags(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)
    tags = await call.read(lambda tx: queues.tags_of(tx, access.require_queue(call, tx, address)))
    return {"Tags": tags} if tags else {}
