"""The tags of a role: set, remove, list."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam import policies
from serein.services.iam.entities import ROLE


@operation("TagRole")
async def tag_role(call: Call, request: Request) -> Reply:
    return await policies.tag(call, request, ROLE)


@operation("UntagRole")
async def untag_role(call: Call, request: Request) -> Reply:
    return await policies.untag(call, request, ROLE)


@operation("ListRoleTags")
async def list_role_tags(call: Call, request: Request) -> Reply:
    return await policies.list_tags(call, request, ROLE)
