"""ListQueues: the account's queues in a region, by name."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs.pages import MOST, page_of, require_page
from serein.services.sqs.queues import Address, url_of
from serein.services.sqs.store import queues


@operation("ListQueues")
async def list_queues(call: Call, request: Request) -> Reply:
    scope = call.scope
    limit, after = require_page(request)
    prefix = request.get("QueueNamePrefix") or ""
    names = await call.read(lambda tx: queues.list_queues(tx, scope, prefix, after, (limit or MOST) + 1))
    page, token = page_of(names, limit)
    endpoint = call.platform.limits.endpoint
    urls = [url_of(endpoint, Address(scope.account, scope.region, name)) for name in page]
    return ({"QueueUrls": urls} if urls else {}) | token
