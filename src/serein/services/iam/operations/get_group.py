"""GetGroup: describe a group and its users."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam.entities import GROUP, Entity, group_reply, user_reply
from serein.services.iam.paging import page_of_all
from serein.services.iam.store import identities


@operation("GetGroup")
async def get_group(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> tuple[Entity, list[Entity]]:
        group = identities.require_entity(tx, call.scope.account, GROUP, request["GroupName"])
        return group, identities.members_of(tx, group)

    group, users = await call.read(read)
    partition = call.scope.partition
    reply = page_of_all(
        request, "Users", users, lambda it: it.key, lambda it: user_reply(it, partition, is_summary=True)
    )
    return {"Group": group_reply(group, partition), **reply}
