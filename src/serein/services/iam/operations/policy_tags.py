"""The tags of a managed policy: set, remove, list."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam import policies
from serein.services.iam.store import identities


@operation("TagPolicy")
async def tag_policy(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        policy = identities.require_policy(tx, call.scope.account, request["PolicyArn"])
        policies.add_tags(tx, policy, request["Tags"])

    await call.write(write)
    return {}


@operation("UntagPolicy")
async def untag_policy(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        policy = identities.require_policy(tx, call.scope.account, request["PolicyArn"])
        policies.remove_tags(tx, policy, request["TagKeys"])

    await call.write(write)
    return {}


@operation("ListPolicyTags")
async def list_policy_tags(call: Call, request: Request) -> Reply:
    policy = await call.read(lambda tx: identities.require_policy(tx, call.scope.account, request["PolicyArn"]))
    return policies.tags_reply(request, policy)
