"""ListUsers: the account's users below a path, by name."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam.entities import USER, user_reply
from serein.services.iam.paging import max_items, page, position
from serein.services.iam.store import identities


@operation("ListUsers")
async def list_users(call: Call, request: Request) -> Reply:
    prefix, after, limit = request.get("PathPrefix", "/"), position(request), max_items(request) + 1
    found = await call.read(lambda tx: identities.list_entities(tx, call.scope.account, USER, prefix, after, limit))
    partition = call.scope.partition
    return page(request, "Users", found, lambda it: it.key, lambda it: user_reply(it, partition, is_summary=True))
