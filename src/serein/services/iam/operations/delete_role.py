"""DeleteRole: remove a role that nothing hangs on any more."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam.entities import ROLE
from serein.services.iam.errors import DeleteConflict
from serein.services.iam.store import identities


@operation("DeleteRole")
async def delete_role(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        role = identities.require_entity(tx, call.scope.account, ROLE, request["RoleName"])
        if identities.owners_of(tx, role):
            raise DeleteConflict("Cannot delete entity, must remove roles from instance profile first.")
        if identities.attached_policies(tx, role):
            raise DeleteConflict("Cannot delete entity, must detach all policies first.")
        if identities.inline_policies(tx, role):
            raise DeleteConflict("Cannot delete entity, must delete policies first.")
        identities.delete_entity(tx, role)

    await call.write(write)
    return {}
