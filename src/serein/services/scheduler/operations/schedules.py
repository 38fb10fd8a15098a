"""CreateSchedule, GetSchedule, UpdateSchedule, DeleteSchedule and ListSchedules."""

from dataclasses import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.scheduler import store
from serein.services.scheduler.definitions import (
    DEFAULT_GROUP,
    StoredSchedule,
    describe,
    first_due,
    next_due,
    parse_definition,
    summarize,
)
from serein.services.scheduler.errors import ConflictException
from serein.services.scheduler.pages import page_of, parse_position
from serein.services.scheduler.targets import check_target

_STORED = ("KmsKeyArn",)
_TIMED = ("ScheduleExpression", "ScheduleExpressionTimezone", "StartDate")


@operation("CreateSchedule", stored=_STORED)
async def create_schedule(call: Call, request: Request) -> Reply:
    definition = parse_definition(request, call.now)
    check_target(call.platform, definition["Target"])
    group, name, token = _group(request), request["Name"], request.get("ClientToken", "")

    def create(tx: Transaction) -> Reply:
        store.put_group(tx, store.require_group(tx, call.scope, group))
        existing = store.find_schedule(tx, call.scope, group, name)
        if existing is not None:
            if token and existing.client_token == token:
                return {"ScheduleArn": existing.arn}
            raise ConflictException(f"Schedule {name} already exists.")
        now = tx.now
        due = first_due(definition, now)
        schedule = StoredSchedule(call.scope, group, name, definition, now, now, now, due, token)
        store.put_schedule(tx, schedule)
        return {"ScheduleArn": schedule.arn}

    return await call.write(create)


@operation("GetSchedule")
async def get_schedule(call: Call, request: Request) -> Reply:
    return describe(
        await call.read(lambda tx: store.require_schedule(tx, call.scope, _group(request), request["Name"]))
    )


@operation("UpdateSchedule", stored=_STORED)
async def update_schedule(call: Call, request: Request) -> Reply:
    definition = parse_definition(request, call.now)
    check_target(call.platform, definition["Target"])

    def update(tx: Transaction) -> Reply:
        known = store.require_schedule(tx, call.scope, _group(request), request["Name"])
        now = tx.now
        if any(definition.get(member) != known.definition.get(member) for member in _TIMED):
            anchor, due = now, first_due(definition, now)
        else:
            anchor, due = known.anchor, next_due(definition, now, known.anchor)
        token = request.get("ClientToken", "")
        changed = replace(known, definition=definition, modified_at=now, anchor=anchor, due_at=due, client_token=token)
        store.put_schedule(tx, changed)
        return {"ScheduleArn": known.arn}

    return await call.write(update)


@operation("DeleteSchedule")
async def delete_schedule(call: Call, request: Request) -> Reply:
    def delete(tx: Transaction) -> None:
        store.delete_schedule(tx, store.require_schedule(tx, call.scope, _group(request), request["Name"]))

    await call.write(delete)
    return {}


@operation("ListSchedules")
async def list_schedules(call: Call, request: Request) -> Reply:
    group, state, limit = request.get("GroupName"), request.get("State"), request.get("MaxResults", 100)
    after_group, after_name = parse_position(request.get("NextToken"), 2)

    def read(tx: Transaction) -> list[StoredSchedule]:
        if group is not None:
            store.require_group(tx, call.scope, group)
        found: list[StoredSchedule] = []
        place = (after_group, after_name)
        while len(found) <= limit:
            part = store.list_schedules(tx, call.scope, group, request.get("NamePrefix", ""), place, limit + 1)
            found += [one for one in part if state is None or one.definition["State"] == state]
            if len(part) <= limit:
                break
            place = (part[-1].group, part[-1].name)
        return found

    found = await call.read(read)
    return page_of("Schedules", [(summarize(one), (one.group, one.name)) for one in found], limit)


def _group(request: Request) -> str:
    name: str = request.get("GroupName", DEFAULT_GROUP)
    return name
