"""TagResource, UntagResource, ListTagsForResource: the tags of rules and buses."""

from collections.abc import Callable
from dataclasses import replace

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.events.access import check_bus, check_rule
from serein.services.events.buses import place_of
from serein.services.events.errors import LimitExceededException, ResourceNotFoundException, ValidationException
from serein.services.events.rules import MOST_TAGS, parse_tags, place_of_arn, require_unmanaged
from serein.services.events.store import buses, rules

Tags = dict[str, str]


@operation("TagResource")
async def tag_resource(call: Call, request: Request) -> Reply:
    given = parse_tags(request["Tags"], may_be_aws=call.caller.service is not None)
    await call.write(lambda tx: _change(tx, call, request["ResourceARN"], lambda tags: tags | given))
    return {}


@operation("UntagResource")
async def untag_resource(call: Call, request: Request) -> Reply:
    gone = set(request["TagKeys"])

    def left(tags: Tags) -> Tags:
        return {key: value for key, value in tags.items() if key not in gone}

    await call.write(lambda tx: _change(tx, call, request["ResourceARN"], left))
    return {}


@operation("ListTagsForResource")
async def list_tags_for_resource(call: Call, request: Request) -> Reply:
    tags = await call.read(lambda tx: _change(tx, call, request["ResourceARN"], None))
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _change(tx: Transaction, call: Call, text: str, change: Callable[[Tags], Tags] | None) -> Tags:
    """Change the tags of what an ARN names, or only return them."""
    arn = find_arn(text)
    if arn is None or arn.service != "events":
        raise ValidationException(f"Parameter {text} is not valid. Reason: Provided Arn is not in correct format.")
    place = place_of_arn(text)
    if place is not None:
        scope, bus_name, name = place
        check_rule(call, tx, (scope, bus_name), name)
        rule = rules.find_rule(tx, scope, bus_name, name)
        if rule is None:
            raise ResourceNotFoundException(f"Rule {name} does not exist on EventBus {bus_name}.")
        if change is not None:
            require_unmanaged(rule)
            rules.put_rule(tx, replace(rule, tags=_changed(rule.tags, change)))
        return rule.tags
    if not arn.resource.startswith("event-bus/"):
        raise ResourceNotFoundException(f"Resource {text} does not exist.")
    check_bus(call, tx, place_of(call.scope, text))
    bus = buses.require_bus(tx, *place_of(call.scope, text))
    if change is not None:
        buses.put_bus(tx, bus.scope, bus.name, bus.definition, _changed(bus.tags, change))
    return bus.tags


def _changed(tags: Tags, change: Callable[[Tags], Tags]) -> Tags:
    after = change(tags)
    if len(after) > MOST_TAGS:
        raise LimitExceededException("The requested resource exceeds the maximum number allowed.")
    return after
