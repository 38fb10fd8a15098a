"""The users of a group: add, remove, and the groups of a user."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam.entities import GROUP, USER, Entity, group_reply
from serein.services.iam.paging import page_of_all
from serein.services.iam.store import identities


@operation("AddUserToGroup")
async def add_user_to_group(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        group = identities.require_entity(tx, call.scope.account, GROUP, request["GroupName"])
        user = identities.require_entity(tx, call.scope.account, USER, request["UserName"])
        identities.add_member(tx, group, user)

    await call.write(write)
    return {}


@operation("RemoveUserFromGroup")
async def remove_user_from_group(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        group = identities.require_entity(tx, call.scope.account, GROUP, request["GroupName"])
        user = identities.require_entity(tx, call.scope.account, USER, request["UserName"])
        identities.remove_member(tx, group, user)

    await call.write(write)
    return {}


@operation("ListGroupsForUser")
async def list_groups_for_user(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> list[Entity]:
        user = identities.require_entity(tx, call.scope.account, USER, request["UserName"])
        return identities.owners_of(tx, user)

    partition = call.scope.partition
    found = await call.read(read)
    return page_of_all(request, "Groups", found, lambda it: it.key, lambda it: group_reply(it, partition))
