"""TagResource, UntagResource and ListTagsForResource: the tags of applications and deployment groups."""

from collections.abc import Callable

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.codedeploy.errors import (
    ArnNotSupportedException,
    InvalidArnException,
    InvalidTagsToAddException,
    ResourceArnRequiredException,
    TagRequiredException,
)
from serein.services.codedeploy.groups import MOST_TAGS, parse_tags
from serein.services.codedeploy.store import applications as store

Tags = dict[str, str]


@operation("TagResource")
async def tag_resource(call: Call, request: Request) -> Reply:
    if not request.get("Tags"):
        raise TagRequiredException("Tags are required")
    given = parse_tags(request["Tags"])
    await call.write(lambda tx: _change(tx, call, request, lambda tags: tags | given))
    return {}


@operation("UntagResource")
async def untag_resource(call: Call, request: Request) -> Reply:
    gone = set(request.get("TagKeys") or ())
    if not gone:
        raise TagRequiredException("Tag keys are required")
    await call.write(
        lambda tx: _change(tx, call, request, lambda tags: {key: tags[key] for key in tags if key not in gone})
    )
    return {}


@operation("ListTagsForResource")
async def list_tags_for_resource(call: Call, request: Request) -> Reply:
    tags = await call.read(lambda tx: _change(tx, call, request, None))
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _change(tx: Transaction, call: Call, request: Request, change: Callable[[Tags], Tags] | None) -> Tags:
    """Change the tags of what the request names, or only return them."""
    text = request.get("ResourceArn")
    if not text:
        raise ResourceArnRequiredException("Resource ARN is required")
    arn = find_arn(text)
    if arn is None:
        raise InvalidArnException(f"Invalid ARN: {text}")
    kind, _, name = arn.resource.partition(":")
    if arn.service != "codedeploy" or kind not in ("application", "deploymentgroup"):
        raise ArnNotSupportedException(f"The ARN is not of an application or a deployment group: {text}")
    if kind == "application":
        application = store.require_application(tx, call.scope, name)
        if change is not None:
            store.put_application(tx, call.scope, application._replace(tags=_changed(application.tags, change)))
        return application.tags
    owner, _, group_name = name.partition("/")
    group = store.require_group(tx, call.scope, owner, group_name)
    if change is not None:
        store.put_group(tx, call.scope, group._replace(tags=_changed(group.tags, change)))
    return group.tags


def _changed(tags: Tags, change: Callable[[Tags], Tags]) -> Tags:
    after = change(tags)
    if len(after) > MOST_TAGS:
        raise InvalidTagsToAddException(f"A resource has at most {MOST_TAGS} tags")
    return after
