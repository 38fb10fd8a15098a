"""EventBridge Scheduler's CloudFormation types, written as calls."""

from datetime import UTC, datetime
from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.scheduler.definitions import DEFAULT_GROUP, group_arn
from serein.services.scheduler.errors import ResourceNotFoundException, ValidationException

_SCHEDULE = (
    *("Description", "EndDate", "FlexibleTimeWindow", "GroupName", "KmsKeyArn", "ScheduleExpression"),
    *("ScheduleExpressionTimezone", "StartDate", "State", "Target"),
)


@resource("AWS::Scheduler::Schedule")
class ScheduleResource:
    """Ref answers the schedule's name."""

    properties = frozenset({*_SCHEDULE, "Name"})
    replaced_by = frozenset({"Name"})
    stored = frozenset({"KmsKeyArn"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("Name") or deployment.physical_name(64)
        reply = await deployment.call("scheduler", "CreateSchedule", _request(name, properties))
        return Made(name, {"Arn": reply["ScheduleArn"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        before, after = old.get("GroupName", DEFAULT_GROUP), new.get("GroupName", DEFAULT_GROUP)
        if before == after:
            reply = await deployment.call("scheduler", "UpdateSchedule", _request(physical_id, new))
        else:
            # AWS: another group is an update without interruption, though a schedule can't be moved by the API.
            reply = await deployment.call("scheduler", "CreateSchedule", _request(physical_id, new))
            await deployment.call("scheduler", "DeleteSchedule", {"Name": physical_id, "GroupName": before})
        return Made(physical_id, {"Arn": reply["ScheduleArn"]})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        group = properties.get("GroupName", DEFAULT_GROUP)
        try:
            await deployment.call("scheduler", "DeleteSchedule", {"Name": physical_id, "GroupName": group})
        except ResourceNotFoundException:
            return


@resource("AWS::Scheduler::ScheduleGroup")
class ScheduleGroupResource:
    """Ref answers the group's name."""

    properties = frozenset({"Name", "Tags"})
    replaced_by = frozenset({"Name"})
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("Name") or deployment.physical_name(64)
        # AWS: tags of the service's own, `aws:cloudformation:…`, can't be given by a caller.
        own = {key: value for key, value in deployment.tags.items() if not key.startswith("aws:")}
        tags = _tags(own | {tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags", [])})
        await deployment.call("scheduler", "CreateScheduleGroup", {"Name": name, "Tags": tags})
        await deployment.begun(name)
        return await _made(deployment, name)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        before = {tag["Key"]: str(tag["Value"]) for tag in old.get("Tags", [])}
        after = {tag["Key"]: str(tag["Value"]) for tag in new.get("Tags", [])}
        arn = group_arn(deployment.scope, physical_id)
        if gone := [key for key in before if key not in after]:
            await deployment.call("scheduler", "UntagResource", {"ResourceArn": arn, "TagKeys": gone})
        if after:
            await deployment.call("scheduler", "TagResource", {"ResourceArn": arn, "Tags": _tags(after)})
        return await _made(deployment, physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("scheduler", "DeleteScheduleGroup", {"Name": physical_id})
        except ResourceNotFoundException:
            return


def _request(name: str, properties: Properties) -> dict[str, Any]:
    request = {"Name": name, **{member: properties[member] for member in _SCHEDULE if member in properties}}
    for member in ("StartDate", "EndDate"):
        if member in request:
            request[member] = _seconds(member, str(request[member]))
    return request


def _seconds(member: str, text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValidationException(f"{member} must be a date and time in ISO 8601's form, not {text}.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


async def _made(deployment: Deployment, name: str) -> Made:
    shown = await deployment.call("scheduler", "GetScheduleGroup", {"Name": name})
    kept = ("Arn", "CreationDate", "LastModificationDate", "State")
    return Made(name, {member: str(shown[member]) for member in kept})
