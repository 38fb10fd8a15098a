"""GetUser: describe a user, or who calls when no name is given."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam.entities import AWS_MANAGED_SINCE, USER, user_reply
from serein.services.iam.store import identities


@operation("GetUser")
async def get_user(call: Call, request: Request) -> Reply:
    name = request.get("UserName")
    if name is None:
        kind, _, path = call.caller.arn.rpartition(":")[2].partition("/")
        if kind != "user":
            return {"User": _root(call)}
        name = path.rpartition("/")[2]
    user = await call.read(lambda tx: identities.require_entity(tx, call.scope.account, USER, name))
    return {"User": user_reply(user, call.scope.partition)}


def _root(call: Call) -> Reply:
    account = call.scope.account
    return {
        "Path": "/",
        "UserName": "root",
        "UserId": account,
        "Arn": f"arn:{call.scope.partition}:iam::{account}:root",
        "CreateDate": AWS_MANAGED_SINCE,
    }
