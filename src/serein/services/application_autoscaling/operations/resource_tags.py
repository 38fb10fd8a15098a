"""TagResource, UntagResource and ListTagsForResource: the tags of a scalable target."""

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.application_autoscaling import store
from serein.services.application_autoscaling.targets import require_tags


@operation("TagResource")
async def tag_resource(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        target = store.require_target_by_arn(tx, call.scope, request["ResourceARN"])
        tags = target.definition.tags | request["Tags"]
        require_tags(target.arn, request["Tags"], call.caller)
        require_tags(target.arn, tags, call.caller)
        store.update_definition(tx, target.arn, replace(target.definition, tags=tags))

    await call.write(write)
    return {}


@operation("UntagResource")
async def untag_resource(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        target = store.require_target_by_arn(tx, call.scope, request["ResourceARN"])
        tags = {key: value for key, value in target.definition.tags.items() if key not in request["TagKeys"]}
        store.update_definition(tx, target.arn, replace(target.definition, tags=tags))

    await call.write(write)
    return {}


@operation("ListTagsForResource")
async def list_tags_for_resource(call: Call, request: Request) -> Reply:
    target = await call.read(lambda tx: store.require_target_by_arn(tx, call.scope, request["ResourceARN"]))
    return {"Tags": target.definition.tags}
