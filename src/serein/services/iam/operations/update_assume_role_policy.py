"""UpdateAssumeRolePolicy: replace a role's trust policy."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam import documents
from serein.services.iam.entities import ROLE
from serein.services.iam.store import identities


@operation("UpdateAssumeRolePolicy")
async def update_assume_role_policy(call: Call, request: Request) -> Reply:
    documents.check_trust_policy(request["PolicyDocument"])

    def write(tx: Transaction) -> None:
        role = identities.require_entity(tx, call.scope.account, ROLE, request["RoleName"])
        role.fields["AssumeRolePolicyDocument"] = request["PolicyDocument"]
        identities.save_entity(tx, role)

    await call.write(write)
    return {}
