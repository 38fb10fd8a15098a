"""ListRoles: the account's roles below a path, by name."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam.entities import ROLE, role_reply
from serein.services.iam.paging import max_items, page, position
from serein.services.iam.store import identities


@operation("ListRoles")
async def list_roles(call: Call, request: Request) -> Reply:
    prefix, after, limit = request.get("PathPrefix", "/"), position(request), max_items(request) + 1
    found = await call.read(lambda tx: identities.list_entities(tx, call.scope.account, ROLE, prefix, after, limit))
    partition = call.scope.partition
    return page(request, "Roles", found, lambda it: it.key, lambda it: role_reply(it, partition, is_summary=True))
