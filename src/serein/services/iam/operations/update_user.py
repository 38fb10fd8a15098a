"""UpdateUser: give a user another name or path."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam.entities import USER
from serein.services.iam.store import identities


@operation("UpdateUser")
async def update_user(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        user = identities.require_entity(tx, call.scope.account, USER, request["UserName"])
        identities.rename_entity(tx, user, request.get("NewUserName", user.name), request.get("NewPath", user.path))

    await call.write(write)
    return {}
