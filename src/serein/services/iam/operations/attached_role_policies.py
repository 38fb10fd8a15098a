"""The managed policies of a role: attach, detach, list."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam import policies
from serein.services.iam.entities import ROLE


@operation("AttachRolePolicy")
async def attach_role_policy(call: Call, request: Request) -> Reply:
    return await policies.attach(call, request, ROLE)


@operation("DetachRolePolicy")
async def detach_role_policy(call: Call, request: Request) -> Reply:
    return await policies.detach(call, request, ROLE)


@operation("ListAttachedRolePolicies")
async def list_attached_role_policies(call: Call, request: Request) -> Reply:
    return await policies.list_attached(call, request, ROLE)
