"""GetCallerIdentity: the account, ARN and id of whoever calls."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.sts.callers import find_identity


@operation("GetCallerIdentity")
async def get_caller_identity(call: Call, request: Request) -> Reply:
    known = await find_identity(call)
    if known is not None:
        return {"UserId": known["UserId"], "Account": known["Account"], "Arn": known["Arn"]}
    return {"UserId": call.caller.user_id, "Account": call.scope.account, "Arn": call.caller.arn}
