"""ListDeadLetterSourceQueues: the queues whose dead-letter queue this one is."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import access, dead_letters
from serein.services.sqs.pages import page_of, require_page
from serein.services.sqs.queues import Address, require_address, url_of


@operation("ListDeadLetterSourceQueues")
async def list_dead_letter_source_queues(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)
    limit, after = require_page(request)

    def read(tx: Transaction) -> list[str]:
        return [queue.name for queue in dead_letters.sources_of(tx, access.require_queue(call, tx, address))]

    page, token = page_of([name for name in await call.read(read) if name > after], limit)
    endpoint = call.platform.limits.endpoint
    return {"queueUrls": [url_of(endpoint, Address(address.account, address.region, name)) for name in page], **token}
