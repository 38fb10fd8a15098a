"""What the resource policies of streams allow and deny; DynamoDB keeps them. Enforced where signatures are.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-cross-account-access.html
"""

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.operation import Request


async def check(call: Call, request: Request) -> None:
    """Raise AccessDeniedException when the policy of the stream doesn't let the caller through.

    Shard iterators name no stream: whoever has one was let through for it.
    """
    arn = request.get("StreamArn", "")
    if find_arn(arn) is not None:
        asked = {"StreamArn": arn, "Action": call.operation}
        await call.platform.call("dynamodb", "CheckStreamAccess", asked, scope=call.scope, caller=call.caller)
