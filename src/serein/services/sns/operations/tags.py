"""TagResource, UntagResource, ListTagsForResource: the tags of a topic."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import access, store
from serein.services.sns.errors import ResourceNotFound, TagLimitExceeded
from serein.services.sns.tags import MOST_TAGS, parse_tags
from serein.services.sns.topics import require_topic_arn


@operation("TagResource")
async def tag_resource(call: Call, request: Request) -> Reply:
    arn = require_topic_arn(request.get("ResourceArn"), call.scope, "ResourceArn")
    given = parse_tags(request.get("Tags") or [])

    def write(tx: Transaction) -> None:
        tags = _require_tags(call, tx, arn) | given
        if len(tags) > MOST_TAGS:
            raise TagLimitExceeded
        store.update_tags(tx, arn, tags)

    await call.write(write)
    return {}


@operation("UntagResource")
async def untag_resource(call: Call, request: Request) -> Reply:
    arn = require_topic_arn(request.get("ResourceArn"), call.scope, "ResourceArn")
    names = set(request.get("TagKeys") or ())

    def write(tx: Transaction) -> None:
        tags = _require_tags(call, tx, arn)
        store.update_tags(tx, arn, {name: value for name, value in tags.items() if name not in names})

    await call.write(write)
    return {}


@operation("ListTagsForResource")
async def list_tags_for_resource(call: Call, request: Request) -> Reply:
    arn = require_topic_arn(request.get("ResourceArn"), call.scope, "ResourceArn")
    tags = await call.read(lambda tx: _require_tags(call, tx, arn))
    return {"Tags": [{"Key": name, "Value": value} for name, value in tags.items()]}


def _require_tags(call: Call, tx: Transaction, arn: str) -> dict[str, str]:
    tags = store.tags_of(tx, arn) if access.find_topic(call, tx, arn) is not None else None
    if tags is None:
        raise ResourceNotFound
    return tags
