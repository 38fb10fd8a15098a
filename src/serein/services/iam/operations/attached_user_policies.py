"""The managed policies of a user: attach, detach, list."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam import policies
from serein.services.iam.entities import USER


@operation("AttachUserPolicy")
async def attach_user_policy(call: Call, request: Request) -> Reply:
    return await policies.attach(call, request, USER)


@operation("DetachUserPolicy")
async def detach_user_policy(call: Call, request: Request) -> Reply:
    return await policies.detach(call, request, USER)


@operation("ListAttachedUserPolicies")
async def list_attached_user_policies(call: Call, request: Request) -> Reply:
    return await policies.list_attached(call, request, USER)
