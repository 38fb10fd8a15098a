"""The inline policies of a role: put, get, list, delete."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam import policies
from serein.services.iam.entities import ROLE


@operation("PutRolePolicy")
async def put_role_policy(call: Call, request: Request) -> Reply:
    return await policies.put_inline(call, request, ROLE)


@operation("GetRolePolicy")
async def get_role_policy(call: Call, request: Request) -> Reply:
    return await policies.get_inline(call, request, ROLE)


@operation("ListRolePolicies")
async def list_role_policies(call: Call, request: Request) -> Reply:
    return await policies.list_inline(call, request, ROLE)


@operation("DeleteRolePolicy")
async def delete_role_policy(call: Call, request: Request) -> Reply:
    return await policies.delete_inline(call, request, ROLE)
