"""CreateScheduleGroup, GetScheduleGroup, DeleteScheduleGroup and ListScheduleGroups."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.scheduler import store
from serein.services.scheduler.definitions import DEFAULT_GROUP
from serein.services.scheduler.errors import ConflictException, ValidationException
from serein.services.scheduler.pages import page_of, parse_position
from serein.services.scheduler.tags import parse_tags


@operation("CreateScheduleGroup")
async def create_schedule_group(call: Call, request: Request) -> Reply:
    name, token = request["Name"], request.get("ClientToken", "")
    tags = parse_tags({}, request.get("Tags", []))

    def create(tx: Transaction) -> Reply:
        existing = store.find_group(tx, call.scope, name)
        if existing is not None:
            if token and existing.client_token == token:
                return {"ScheduleGroupArn": existing.arn}
            raise ConflictException(f"Schedule group {name} already exists.")
        group = store.Group(call.scope, name, tx.now, tx.now, tags, token)
        store.put_group(tx, group)
        return {"ScheduleGroupArn": group.arn}

    return await call.write(create)


@operation("GetScheduleGroup")
async def get_schedule_group(call: Call, request: Request) -> Reply:
    return _described(await call.read(lambda tx: store.require_group(tx, call.scope, request["Name"])))


@operation("DeleteScheduleGroup")
async def delete_schedule_group(call: Call, request: Request) -> Reply:
    name = request["Name"]
    if name == DEFAULT_GROUP:
        raise ValidationException("The default schedule group cannot be deleted.")

    def delete(tx: Transaction) -> None:
        store.require_group(tx, call.scope, name)
        store.delete_group(tx, call.scope, name)

    await call.write(delete)
    return {}


@operation("ListScheduleGroups")
async def list_schedule_groups(call: Call, request: Request) -> Reply:
    prefix, limit = request.get("NamePrefix", ""), request.get("MaxResults", 100)
    (after,) = parse_position(request.get("NextToken"), 1)

    def read(tx: Transaction) -> list[store.Group]:
        found = store.list_groups(tx, call.scope, prefix, after, limit + 1)
        is_due = after < DEFAULT_GROUP and DEFAULT_GROUP.startswith(prefix)
        if is_due and all(group.name != DEFAULT_GROUP for group in found):
            found.append(store.require_group(tx, call.scope, DEFAULT_GROUP))
            found.sort(key=lambda group: group.name)
        return found

    found = await call.read(read)
    return page_of("ScheduleGroups", [(_described(group), (group.name,)) for group in found], limit)


def _described(group: store.Group) -> Reply:
    return {
        "Arn": group.arn,
        "Name": group.name,
        "State": "ACTIVE",
        "CreationDate": group.created_at,
        "LastModificationDate": group.modified_at,
    }
