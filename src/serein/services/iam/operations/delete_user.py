"""DeleteUser: remove a user that nothing hangs on any more."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam.entities import USER
from serein.services.iam.errors import DeleteConflict
from serein.services.iam.store import identities, keys


@operation("DeleteUser")
async def delete_user(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        user = identities.require_entity(tx, call.scope.account, USER, request["UserName"])
        if keys.access_keys_of(tx, user):
            raise DeleteConflict("Cannot delete entity, must delete access keys first.")
        if identities.attached_policies(tx, user):
            raise DeleteConflict("Cannot delete entity, must detach all policies first.")
        if identities.inline_policies(tx, user):
            raise DeleteConflict("Cannot delete entity, must delete policies first.")
        if identities.owners_of(tx, user):
            raise DeleteConflict("Cannot delete entity, must remove users from group first.")
        identities.delete_entity(tx, user)

    await call.write(write)
    return {}
