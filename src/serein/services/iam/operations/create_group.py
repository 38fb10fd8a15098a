"""CreateGroup: make a group."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam.entities import GROUP, Entity, group_reply
from serein.services.iam.store import identities


@operation("CreateGroup")
async def create_group(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> Entity:
        return identities.insert_entity(
            tx, call.scope.account, GROUP, request["GroupName"], request.get("Path", "/"), {}
        )

    return {"Group": group_reply(await call.write(write), call.scope.partition)}
