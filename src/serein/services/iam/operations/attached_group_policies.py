"""The managed policies of a group: attach, detach, list."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam import policies
from serein.services.iam.entities import GROUP


@operation("AttachGroupPolicy")
async def attach_group_policy(call: Call, request: Request) -> Reply:
    return await policies.attach(call, request, GROUP)


@operation("DetachGroupPolicy")
async def detach_group_policy(call: Call, request: Request) -> Reply:
    return await policies.detach(call, request, GROUP)


@operation("ListAttachedGroupPolicies")
async def list_attached_group_policies(call: Call, request: Request) -> Reply:
    return await policies.list_attached(call, request, GROUP)
