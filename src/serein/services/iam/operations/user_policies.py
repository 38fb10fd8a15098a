"""The inline policies of a user: put, get, list, delete."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam import policies
from serein.services.iam.entities import USER


@operation("PutUserPolicy")
async def put_user_policy(call: Call, request: Request) -> Reply:
    return await policies.put_inline(call, request, USER)


@operation("GetUserPolicy")
async def get_user_policy(call: Call, request: Request) -> Reply:
    return await policies.get_inline(call, request, USER)


@operation("ListUserPolicies")
async def list_user_policies(call: Call, request: Request) -> Reply:
    return await policies.list_inline(call, request, USER)


@operation("DeleteUserPolicy")
async def delete_user_policy(call: Call, request: Request) -> Reply:
    return await policies.delete_inline(call, request, USER)
