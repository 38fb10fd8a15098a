"""DeletePolicy: remove a managed policy that is attached to nothing."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam.errors import DeleteConflict
from serein.services.iam.store import identities


@operation("DeletePolicy")
async def delete_policy(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        policy = identities.require_policy(tx, call.scope.account, request["PolicyArn"])
        if identities.attached_entities(tx, call.scope.account, request["PolicyArn"]):
            raise DeleteConflict("Cannot delete a policy attached to entities.")
        if len(identities.policy_versions(tx, policy)) > 1:
            raise DeleteConflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's"
                " versions. The default version is deleted with the policy."
            )
        identities.delete_version(tx, policy, policy.fields["DefaultVersion"])
        identities.delete_entity(tx, policy)

    await call.write(write)
    return {}
