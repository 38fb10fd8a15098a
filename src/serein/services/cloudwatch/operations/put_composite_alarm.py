"""PutCompositeAlarm: make an alarm on the states of other alarms, or change it."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudwatch.alarms import COMPOSITE, alarm_arn, parse_actions
from serein.services.cloudwatch.errors import ValidationError
from serein.services.cloudwatch.putting_alarms import put
from serein.services.cloudwatch.rules import parse_rule
from serein.services.cloudwatch.store import alarms as store


@operation(
    "PutCompositeAlarm",
    partial="Actions are notifications of SNS topics and invocations of Lambda functions; others are written into the "
    "history as failed.",
)
async def put_composite_alarm(call: Call, request: Request) -> Reply:
    if "ActionConfiguration" in request:
        raise NotImplementedHere("Serein does not implement settings of alarms' notifications (ActionConfiguration)")
    definition = parse_actions(request, call.scope) | {"AlarmRule": request["AlarmRule"]}
    children = parse_rule(request["AlarmRule"], call.scope).children
    suppressor = _suppression(call, request, definition)

    def write(tx: Transaction) -> None:
        wanted = [*children, *([suppressor] if suppressor else [])]
        known = store.states_of(tx, wanted)
        own = alarm_arn(call.scope, request["AlarmName"])
        if missing := [arn for arn in wanted if arn not in known and arn != own]:
            raise ValidationError(
                f"Could not save the composite alarm as alarms [{', '.join(missing)}] in the alarm rule do not exist"
            )
        alarm = put(tx, call, request, COMPOSITE, definition)
        store.watch_alarms(tx, alarm.arn, children, suppressor)

    await call.write(write)
    return {}


def _suppression(call: Call, request: Request, definition: dict[str, Any]) -> str:
    """Add what suppresses actions to the definition; return its ARN."""
    periods = ("ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")
    name = request.get("ActionsSuppressor")
    if name is None:
        if given := [member for member in periods if member in request]:
            raise ValidationError(f"{given[0]} can't be specified without ActionsSuppressor.")
        return ""
    for member in periods:
        if member not in request:
            raise ValidationError(f"{member} is required when ActionsSuppressor is specified.")
        if request[member] < 0:
            raise ValidationError(f"{member} must not be negative.")
        definition[member] = request[member]
    suppressor: str = name if name.startswith("arn:") else alarm_arn(call.scope, name)
    definition["ActionsSuppressor"] = suppressor
    return suppressor
