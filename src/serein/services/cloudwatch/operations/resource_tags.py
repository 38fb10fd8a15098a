"""TagResource, UntagResource and ListTagsForResource: the tags of alarms and dashboards."""

from collections.abc import Callable

from serein.kernel.arn import Arn, find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudwatch.alarms import MOST_TAGS
from serein.services.cloudwatch.errors import InvalidParameterValueException, ResourceNotFoundException
from serein.services.cloudwatch.store import alarms, dashboards

Tags = dict[str, str]


@operation("TagResource")
async def tag_resource(call: Call, request: Request) -> Reply:
    given = {tag["Key"]: tag["Value"] for tag in request["Tags"]}
    await call.write(lambda tx: _change(tx, call, request, lambda tags: tags | given))
    return {}


@operation("UntagResource")
async def untag_resource(call: Call, request: Request) -> Reply:
    gone = set(request["TagKeys"])
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
    text = request["ResourceARN"]
    arn = find_arn(text)
    if arn is None or arn.service != "cloudwatch":
        raise InvalidParameterValueException(f"Invalid arn syntax: {text}")
    kind = arn.resource.replace("/", ":", 1).partition(":")[0]
    if kind not in ("alarm", "dashboard"):
        raise InvalidParameterValueException(f"Resources of this kind have no tags: {text}")
    return _change_alarm(tx, text, change) if kind == "alarm" else _change_dashboard(tx, call, arn, change)


def _changed(tags: Tags, change: Callable[[Tags], Tags]) -> Tags:
    after = change(tags)
    if len(after) > MOST_TAGS:
        raise InvalidParameterValueException(f"A resource can't have more than {MOST_TAGS} tags")
    return after


def _change_alarm(tx: Transaction, arn: str, change: Callable[[Tags], Tags] | None) -> Tags:
    alarm = alarms.find_alarm_by_arn(tx, arn)
    if alarm is None:
        raise ResourceNotFoundException(f"Resource not found: {arn}", ResourceType="alarm", ResourceId=arn)
    if change is not None:
        alarms.put_definition(tx, alarm._replace(tags=_changed(alarm.tags, change)))
    return alarm.tags


def _change_dashboard(tx: Transaction, call: Call, arn: Arn, change: Callable[[Tags], Tags] | None) -> Tags:
    found = dashboards.find_dashboard(tx, call.scope, arn.resource.partition("/")[2])
    if found is None:
        text = str(arn)
        raise ResourceNotFoundException(f"Resource not found: {text}", ResourceType="dashboard", ResourceId=text)
    if change is not None:
        dashboards.put_dashboard(tx, call.scope, found._replace(tags=_changed(found.tags, change)))
    return found.tags
