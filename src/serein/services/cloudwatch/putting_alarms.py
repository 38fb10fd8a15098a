"""What putting a metric alarm and a composite one have in common."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Request
from serein.services.cloudwatch.alarms import COMPOSITE, MOST_TAGS, Alarm, alarm_arn, new_state, watched_period
from serein.services.cloudwatch.configuration_events import change_event
from serein.services.cloudwatch.errors import ValidationError
from serein.services.cloudwatch.evaluation import grid_of
from serein.services.cloudwatch.history import CONFIGURATION
from serein.services.cloudwatch.store import alarms as store


def put(tx: Transaction, call: Call, request: Request, kind: str, definition: dict[str, Any]) -> Alarm:
    """Store an alarm. A new one has no state yet; one that is changed keeps its state until it is looked at.

    Raises ValidationError.
    """
    name = request["AlarmName"]
    known = store.find_alarm(tx, call.scope, name)
    if known is not None and known.kind != kind:
        raise ValidationError(f"An alarm of another type with the name {name} exists already.")
    definition = {**definition, "_UpdatedAt": tx.now}
    if known is None:
        tags = parse_tags(request)
        alarm = Alarm(alarm_arn(call.scope, name), call.scope, name, kind, definition, new_state(tx.now), tags)
        change, word = "Create", "created"
    else:
        alarm = known._replace(definition=definition)
        change, word = "Update", "updated"
    grid = 0 if kind == COMPOSITE else grid_of(watched_period(definition, call.scope))
    store.put_alarm(tx, alarm, float(tx.now // grid * grid + grid) if grid else tx.now)
    data = {
        "version": "1.0",
        "type": change,
        ("createdAlarm" if known is None else "updatedAlarm"): {
            "alarmName": name,
            "alarmArn": alarm.arn,
            **{member[0].lower() + member[1:]: value for member, value in definition.items() if member[0] != "_"},
        },
    }
    store.append_history(tx, alarm, CONFIGURATION, f'Alarm "{name}" {word}', data)
    tx.send(change_event(alarm, change.lower(), tx.now, known))
    return alarm


def parse_tags(request: Request) -> dict[str, str]:
    """The tags of a request. Raises ValidationError."""
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags") or ()}
    if len(tags) > MOST_TAGS:
        raise ValidationError(f"The collection Tags must not have a size greater than {MOST_TAGS}.")
    return tags
