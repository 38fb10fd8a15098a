"""DeleteGroup: remove a group that has no users and no policies."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam.entities import GROUP
from serein.services.iam.errors import DeleteConflict
from serein.services.iam.store import identities


@operation("DeleteGroup")
async def delete_group(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        group = identities.require_entity(tx, call.scope.account, GROUP, request["GroupName"])
        if identities.members_of(tx, group):
            raise DeleteConflict("Cannot delete entity, must remove users from group first.")
        if identities.attached_policies(tx, group):
            raise DeleteConflict("Cannot delete entity, must detach all policies first.")
        if identities.inline_policies(tx, group):
            raise DeleteConflict("Cannot delete entity, must delete policies first.")
        identities.delete_entity(tx, group)

    await call.write(write)
    return {}
