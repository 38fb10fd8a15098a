"""TagResource, UntagResource and ListTagsForResource: the tags of a stream or of a consumer."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis import resourcearns
from serein.services.kinesis.tagging import require_room, require_tag_text, require_tags


@operation("TagResource")
async def tag_resource(call: Call, request: Request) -> Reply:
    scope, given = call.scope, request["Tags"]
    require_tags(given, call.caller)

    def write(tx: Transaction) -> None:
        resource = resourcearns.require_resource(tx, scope, request)
        resourcearns.require_settled(tx, resource)
        tags = resourcearns.tags_of(resource) | given
        require_room(tags, f"resource {request['ResourceARN']}")
        resourcearns.update_tags(tx, resource, tags)

    await call.write(write)
    return {}


@operation("UntagResource")
async def untag_resource(call: Call, request: Request) -> Reply:
    scope, keys = call.scope, request["TagKeys"]
    require_tag_text(keys)

    def write(tx: Transaction) -> None:
        resource = resourcearns.require_resource(tx, scope, request)
        resourcearns.require_settled(tx, resource)
        tags = {key: value for key, value in resourcearns.tags_of(resource).items() if key not in keys}
        resourcearns.update_tags(tx, resource, tags)

    await call.write(write)
    return {}


@operation("ListTagsForResource")
async def list_tags_for_resource(call: Call, request: Request) -> Reply:
    scope = call.scope
    resource = await call.read(lambda tx: resourcearns.require_resource(tx, scope, request))
    tags = sorted(resourcearns.tags_of(resource).items())
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags]}
