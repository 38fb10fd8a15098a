"""CreateRole: make a role that the principals of its trust policy may assume."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam import documents, policies
from serein.services.iam.entities import ROLE, Entity, Fields, role_reply
from serein.services.iam.store import identities


@operation("CreateRole", partial="boundaries count where identities' policies are evaluated")
async def create_role(call: Call, request: Request) -> Reply:
    documents.check_trust_policy(request["AssumeRolePolicyDocument"])
    fields: Fields = {
        member: request[member]
        for member in ("AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "PermissionsBoundary")
        if member in request
    }
    fields["Tags"] = policies.merged_tags([], request.get("Tags", []))

    def write(tx: Transaction) -> Entity:
        return identities.insert_entity(
            tx, call.scope.account, ROLE, request["RoleName"], request.get("Path", "/"), fields
        )

    return {"Role": role_reply(await call.write(write), call.scope.partition)}
