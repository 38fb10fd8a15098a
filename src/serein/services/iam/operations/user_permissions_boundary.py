"""The permissions boundary of a user: put and delete."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam import policies
from serein.services.iam.entities import USER
from serein.services.iam.errors import NoSuchEntity
from serein.services.iam.store import identities


@operation("PutUserPermissionsBoundary", partial="boundaries count where identities' policies are evaluated")
async def put_user_permissions_boundary(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        user = identities.require_entity(tx, call.scope.account, USER, request["UserName"])
        policies.require_attachable(tx, call.scope.account, request["PermissionsBoundary"])
        user.fields["PermissionsBoundary"] = request["PermissionsBoundary"]
        identities.save_entity(tx, user)

    await call.write(write)
    return {}


@operation("DeleteUserPermissionsBoundary")
async def delete_user_permissions_boundary(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        user = identities.require_entity(tx, call.scope.account, USER, request["UserName"])
        if user.fields.pop("PermissionsBoundary", None) is None:
            raise NoSuchEntity(f"User {user.name} does not have a permissions boundary.")
        identities.save_entity(tx, user)

    await call.write(write)
    return {}
