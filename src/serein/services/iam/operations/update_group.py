"""UpdateGroup: give a group another name or path."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam.entities import GROUP
from serein.services.iam.store import identities


@operation("UpdateGroup")
async def update_group(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        group = identities.require_entity(tx, call.scope.account, GROUP, request["GroupName"])
        identities.rename_entity(tx, group, request.get("NewGroupName", group.name), request.get("NewPath", group.path))

    await call.write(write)
    return {}
