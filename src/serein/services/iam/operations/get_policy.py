"""GetPolicy: describe a managed policy."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam.entities import AWS_MANAGED_SINCE, is_aws_managed, policy_reply
from serein.services.iam.managed import find_managed
from serein.services.iam.store import identities


@operation("GetPolicy", partial="of some of AWS's own policies only name and ARN are known")
async def get_policy(call: Call, request: Request) -> Reply:
    policy_arn = request["PolicyArn"]

    def read(tx: Transaction) -> Reply:
        attached = len(identities.attached_entities(tx, call.scope.account, policy_arn))
        if is_aws_managed(policy_arn):
            return _aws_managed(policy_arn, attached)
        policy = identities.require_policy(tx, call.scope.account, policy_arn)
        return policy_reply(policy, attached, call.scope.partition)

    return {"Policy": await call.read(read)}


def _aws_managed(policy_arn: str, attached: int) -> Reply:
    path, _, name = policy_arn.partition(":policy")[2].rpartition("/")
    known = find_managed(policy_arn)
    return {
        "PolicyName": name,
        "Arn": policy_arn,
        "Path": path + "/",
        "DefaultVersionId": known.version if known is not None else "v1",
        "AttachmentCount": attached,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": AWS_MANAGED_SINCE,
        "UpdateDate": known.updated_at if known is not None else AWS_MANAGED_SINCE,
        "Tags": [],
    }
