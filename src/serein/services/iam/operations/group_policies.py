"""The inline policies of a group: put, get, list, delete."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam import policies
from serein.services.iam.entities import GROUP


@operation("PutGroupPolicy")
async def put_group_policy(call: Call, request: Request) -> Reply:
    return await policies.put_inline(call, request, GROUP)


@operation("GetGroupPolicy")
async def get_group_policy(call: Call, request: Request) -> Reply:
    return await policies.get_inline(call, request, GROUP)


@operation("ListGroupPolicies")
async def list_group_policies(call: Call, request: Request) -> Reply:
    return await policies.list_inline(call, request, GROUP)


@operation("DeleteGroupPolicy")
async def delete_group_policy(call: Call, request: Request) -> Reply:
    return await policies.delete_inline(call, request, GROUP)
