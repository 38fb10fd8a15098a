"""CreateEventBus, DescribeEventBus, UpdateEventBus, DeleteEventBus, ListEventBuses."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.services.events.access import check_bus
from serein.services.events.buses import DEFAULT, MOST_BUSES, Bus, bus_arn, described, place_of
from serein.services.events.errors import (
    LimitExceededException,
    ResourceAlreadyExistsException,
    ValidationException,
)
from serein.services.events.pages import limit_of, page, require_position
from serein.services.events.rules import parse_tags
from serein.services.events.store import buses, rules

_MEMBERS = ("Description", "KmsKeyIdentifier", "DeadLetterConfig", "LogConfig")


@operation("CreateEventBus", stored=("KmsKeyIdentifier", "DeadLetterConfig", "LogConfig"))
async def create_event_bus(call: Call, request: Request) -> Reply:
    name = request["Name"]
    if "EventSourceName" in request or name.startswith("aws.partner/"):
        raise NotImplementedHere("Serein has no partner event sources: EventSourceName")
    if "/" in name:
        raise ValidationException("Event bus name must not contain '/'.")
    given = {member: request[member] for member in _MEMBERS if member in request}
    tags = parse_tags(request.get("Tags"), may_be_aws=call.caller.service is not None)

    def write(tx: Transaction) -> None:
        if name == DEFAULT or buses.find_bus(tx, call.scope, name) is not None:
            raise ResourceAlreadyExistsException(f"Event bus {name} already exists.")
        if buses.count_buses(tx, call.scope) >= MOST_BUSES:
            raise LimitExceededException
        buses.put_bus(tx, call.scope, name, given, tags)

    await call.write(write)
    return {"EventBusArn": bus_arn(call.scope, name), **given}


@operation("DescribeEventBus")
async def describe_event_bus(call: Call, request: Request) -> Reply:
    place = place_of(call.scope, request.get("Name"))

    def read(tx: Transaction) -> Bus:
        check_bus(call, tx, place)
        return buses.require_bus(tx, *place)

    return described(await call.read(read))


@operation("UpdateEventBus", stored=("KmsKeyIdentifier", "DeadLetterConfig", "LogConfig"))
async def update_event_bus(call: Call, request: Request) -> Reply:
    place = place_of(call.scope, request.get("Name"))

    def write(tx: Transaction) -> Bus:
        bus = buses.require_bus(tx, *place)
        check_bus(call, tx, place)
        kept = {member: value for member, value in bus.definition.items() if member == "Policy"}
        definition = kept | {member: request[member] for member in _MEMBERS if member in request}
        buses.put_bus(tx, *place, definition, bus.tags)
        return buses.require_bus(tx, *place)

    bus = await call.write(write)
    shown = {member: value for member, value in bus.definition.items() if member != "Policy"}
    return {"Arn": bus.arn, "Name": bus.name, **shown}


@operation("DeleteEventBus")
async def delete_event_bus(call: Call, request: Request) -> Reply:
    scope, name = place_of(call.scope, request["Name"])
    if name == DEFAULT:
        raise ValidationException("Cannot delete event bus default.")

    def write(tx: Transaction) -> None:
        # AWS: a bus that isn't there is no error.
        check_bus(call, tx, (scope, name))
        if any(not rule.is_managed for rule in rules.list_rules(tx, scope, name)):
            raise ValidationException("Event bus can't be deleted since it has rules.")
        buses.delete_bus(tx, scope, name)

    await call.write(write)
    return {}


@operation("ListEventBuses")
async def list_event_buses(call: Call, request: Request) -> Reply:
    prefix, after = request.get("NamePrefix", ""), require_position(request)

    def read(tx: Transaction) -> list[Bus]:
        found = buses.list_buses(tx, call.scope, prefix, after, limit_of(request) + 2)
        if not any(bus.name == DEFAULT for bus in found) and DEFAULT.startswith(prefix) and after < DEFAULT:
            found = sorted([*found, buses.require_bus(tx, call.scope, DEFAULT)], key=lambda bus: bus.name)
        return found[: limit_of(request) + 1]

    return page(request, "EventBuses", await call.read(read), lambda bus: bus.name, _listed)


def _listed(bus: Bus) -> dict[str, Any]:
    hidden = ("KmsKeyIdentifier", "DeadLetterConfig", "LogConfig")
    return {member: value for member, value in described(bus).items() if member not in hidden}
