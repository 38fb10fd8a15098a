"""TagResource, UntagResource and ListTagsForResource: the tags of a schedule group."""

from dataclasses import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.scheduler import store
from serein.services.scheduler.errors import ResourceNotFoundException
from serein.services.scheduler.tags import parse_tags


@operation("TagResource")
async def tag_resource(call: Call, request: Request) -> Reply:
    def tag(tx: Transaction) -> None:
        group = _require(tx, call, request["ResourceArn"])
        store.put_group(tx, replace(group, tags=parse_tags(group.tags, request["Tags"])))

    await call.write(tag)
    return {}


@operation("UntagResource")
async def untag_resource(call: Call, request: Request) -> Reply:
    def untag(tx: Transaction) -> None:
        group = _require(tx, call, request["ResourceArn"])
        kept = {key: value for key, value in group.tags.items() if key not in request["TagKeys"]}
        store.put_group(tx, replace(group, tags=kept))

    await call.write(untag)
    return {}


@operation("ListTagsForResource")
async def list_tags_for_resource(call: Call, request: Request) -> Reply:
    group = await call.read(lambda tx: _require(tx, call, request["ResourceArn"]))
    return {"Tags": [{"Key": key, "Value": value} for key, value in group.tags.items()]}


def _require(tx: Transaction, call: Call, arn: str) -> store.Group:
    group = store.find_group(tx, call.scope, arn.rpartition("/")[2])
    if group is None or group.arn != arn:
        raise ResourceNotFoundException(f"Resource {arn} does not exist.")
    return group
