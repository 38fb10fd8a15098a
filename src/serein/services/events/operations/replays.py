"""StartReplay, DescribeReplay, CancelReplay, ListReplays."""

from typing import Any

from serein.kernel.arn import arn_of, find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.events.buses import place_of
from serein.services.events.errors import (
    IllegalStatusException,
    ResourceAlreadyExistsException,
    ResourceNotFoundException,
    ValidationException,
)
from serein.services.events.pages import page, require_position
from serein.services.events.store import buses, resources
from serein.services.events.store.dues import REPLAYS_TOPIC
from serein.services.events.store.resources import ARCHIVE, REPLAY, Held

_LISTED = (
    "ReplayName",
    "EventSourceArn",
    "State",
    "StateReason",
    "EventStartTime",
    "EventEndTime",
    "EventLastReplayedTime",
    "ReplayStartTime",
    "ReplayEndTime",
)


@operation("StartReplay")
async def start_replay(call: Call, request: Request) -> Reply:
    name, destination = request["ReplayName"], request["Destination"]
    if request["EventStartTime"] >= request["EventEndTime"]:
        raise ValidationException(
            "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime."
        )

    def write(tx: Transaction) -> float:
        if resources.find(tx, REPLAY, call.scope, name) is not None:
            raise ResourceAlreadyExistsException(f"Replay {name} already exists.")
        _require_destination(tx, call, request["EventSourceArn"], destination["Arn"])
        definition = {
            "ReplayName": name,
            "EventSourceArn": request["EventSourceArn"],
            "Destination": destination,
            "State": "STARTING",
            "EventStartTime": request["EventStartTime"],
            "EventEndTime": request["EventEndTime"],
            "ReplayStartTime": tx.now,
            "_Position": [request["EventStartTime"], ""],
            **({"Description": request["Description"]} if "Description" in request else {}),
        }
        resources.put(tx, Held(REPLAY, call.scope, name, definition), is_active=True)
        tx.wake(REPLAYS_TOPIC)
        return tx.now

    started_at = await call.write(write)
    return {"ReplayArn": _arn(call, name), "State": "STARTING", "ReplayStartTime": started_at}


@operation("DescribeReplay")
async def describe_replay(call: Call, request: Request) -> Reply:
    replay = await call.read(lambda tx: _require_replay(tx, call, request["ReplayName"]))
    shown = {member: value for member, value in replay.definition.items() if member[0] != "_"}
    return {"ReplayArn": _arn(call, replay.name), **shown}


@operation("CancelReplay")
async def cancel_replay(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        replay = _require_replay(tx, call, request["ReplayName"])
        if replay.definition["State"] not in ("STARTING", "RUNNING"):
            raise IllegalStatusException(f"Replay {replay.name} is not in a valid state for this operation.")
        definition = {**replay.definition, "State": "CANCELLED", "ReplayEndTime": tx.now}
        resources.put(tx, Held(REPLAY, call.scope, replay.name, definition))

    await call.write(write)
    return {"ReplayArn": _arn(call, request["ReplayName"]), "State": "CANCELLING"}


@operation("ListReplays")
async def list_replays(call: Call, request: Request) -> Reply:
    wanted = [member for member in ("NamePrefix", "EventSourceArn", "State") if member in request]
    if len(wanted) > 1:
        raise ValidationException(
            "At most one filter is allowed for ListReplays. Use either : State, EventSourceArn, or NamePrefix."
        )
    prefix, after = request.get("NamePrefix", ""), require_position(request)
    found = await call.read(lambda tx: resources.listed(tx, REPLAY, call.scope, prefix, after))
    fitting = [
        replay
        for replay in found
        if all(request.get(member) in (None, replay.definition[member]) for member in ("EventSourceArn", "State"))
    ]
    return page(request, "Replays", fitting, lambda replay: replay.name, _listed)


def _listed(replay: Held) -> dict[str, Any]:
    return {member: replay.definition[member] for member in _LISTED if member in replay.definition}


def _require_destination(tx: Transaction, call: Call, source: str, destination: str) -> None:
    """AWS: a replay goes to the bus that the archive was made for."""
    arn = find_arn(source)
    name = arn.resource.removeprefix("archive/") if arn else ""
    archive = resources.find(tx, ARCHIVE, call.scope, name)
    if archive is None:
        raise ValidationException(f"Parameter EventSourceArn is not valid. Reason: Archive {name} does not exist.")
    bus = find_arn(destination)
    if bus is None or not bus.resource.startswith("event-bus/"):
        raise ValidationException("Parameter Destination.Arn is not valid. Reason: Must contain an event bus ARN.")
    buses.require_bus(tx, *place_of(call.scope, destination))
    if archive.definition["EventSourceArn"] != destination:
        raise ValidationException(
            "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted."
        )


def _require_replay(tx: Transaction, call: Call, name: str) -> Held:
    replay = resources.find(tx, REPLAY, call.scope, name)
    if replay is None:
        raise ResourceNotFoundException(f"Replay {name} does not exist.")
    return replay


def _arn(call: Call, name: str) -> str:
    return arn_of("events", call.scope, f"replay/{name}")
