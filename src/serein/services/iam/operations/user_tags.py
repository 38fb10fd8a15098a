"""The tags of a user: set, remove, list."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.iam import policies
from serein.services.iam.entities import USER


@operation("TagUser")
async def tag_user(call: Call, request: Request) -> Reply:
    return await policies.tag(call, request, USER)


@operation("UntagUser")
async def untag_user(call: Call, request: Request) -> Reply:
    return await policies.untag(call, request, USER)


@operation("ListUserTags")
async def list_user_tags(call: Call, request: Request) -> Reply:
    return await policies.list_tags(call, request, USER)
