"""TagResource, UntagResource and ListTagsForResource: the tags of a state machine or an activity."""

from collections.abc import Mapping
from dataclasses import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.activities import Activity, parse_activity_arn
from serein.services.stepfunctions.configuration import parse_tags, shown_tags
from serein.services.stepfunctions.machines import Machine, parse_machine_arn
from serein.services.stepfunctions.routing import not_found
from serein.services.stepfunctions.store.activities import find_activity, put_activity
from serein.services.stepfunctions.store.machines import find_machine, put_machine

_ACTIVITY = ":activity:"


@operation("TagResource")
async def tag_resource(call: Call, request: Request) -> Reply:
    def tag(tx: Transaction) -> None:
        found = _require(tx, call, request["resourceArn"])
        _put(tx, found, parse_tags(dict(found.tags), request["tags"], call.caller))

    await call.write(tag)
    return {}


@operation("UntagResource")
async def untag_resource(call: Call, request: Request) -> Reply:
    def untag(tx: Transaction) -> None:
        found = _require(tx, call, request["resourceArn"])
        _put(tx, found, {key: value for key, value in found.tags.items() if key not in request["tagKeys"]})

    await call.write(untag)
    return {}


@operation("ListTagsForResource")
async def list_tags_for_resource(call: Call, request: Request) -> Reply:
    found = await call.read(lambda tx: _require(tx, call, request["resourceArn"]))
    return {"tags": shown_tags(found.tags)}


def _require(tx: Transaction, call: Call, arn: str) -> Machine | Activity:
    """What an ARN names. Raises InvalidArn, ResourceNotFound."""
    found: Machine | Activity | None = None
    if _ACTIVITY in arn:
        scope, name = parse_activity_arn(arn)
        found = find_activity(tx, scope, name) if scope == call.scope else None
    else:
        parsed = parse_machine_arn(arn)
        if not parsed.is_qualified and parsed.scope == call.scope:
            found = find_machine(tx, call.scope, parsed.name)
    if found is None:
        raise not_found(arn)
    return found


def _put(tx: Transaction, found: Machine | Activity, tags: Mapping[str, str]) -> None:
    if isinstance(found, Machine):
        put_machine(tx, replace(found, tags=dict(tags)))
    else:
        put_activity(tx, replace(found, tags=tags))
