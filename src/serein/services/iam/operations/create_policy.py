"""CreatePolicy: make a customer-managed policy with its first version."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam import documents, policies
from serein.services.iam.entities import POLICY, Entity, policy_reply
from serein.services.iam.store import identities


@operation("CreatePolicy")
async def create_policy(call: Call, request: Request) -> Reply:
    documents.check_identity_policy(request["PolicyDocument"])
    tags = policies.merged_tags([], request.get("Tags", []))

    def write(tx: Transaction) -> Entity:
        fields = {
            "DefaultVersion": 1,
            "LastVersion": 1,
            "UpdateDate": tx.now,
            "Description": request.get("Description", ""),
            "Tags": tags,
        }
        policy = identities.insert_entity(
            tx, call.scope.account, POLICY, request["PolicyName"], request.get("Path", "/"), fields
        )
        identities.append_version(tx, policy, 1, request["PolicyDocument"])
        return policy

    return {"Policy": policy_reply(await call.write(write), 0, call.scope.partition)}
