"""EnableAlarmActions and DisableAlarmActions: whether alarms act."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudwatch.history import CONFIGURATION
from serein.services.cloudwatch.store import alarms as store


@operation("EnableAlarmActions")
async def enable_alarm_actions(call: Call, request: Request) -> Reply:
    await call.write(lambda tx: _switch(tx, call, request, is_acting=True))
    return {}


@operation("DisableAlarmActions")
async def disable_alarm_actions(call: Call, request: Request) -> Reply:
    await call.write(lambda tx: _switch(tx, call, request, is_acting=False))
    return {}


def _switch(tx: Transaction, call: Call, request: Request, *, is_acting: bool) -> None:
    """AWS: names of alarms that aren't there are passed over."""
    for name in request["AlarmNames"]:
        alarm = store.find_alarm(tx, call.scope, name)
        if alarm is None or alarm.is_acting == is_acting:
            continue
        definition = alarm.definition | {"ActionsEnabled": is_acting, "_UpdatedAt": tx.now}
        store.put_definition(tx, alarm._replace(definition=definition))
        data = {"version": "1.0", "type": "Update", "updatedAlarm": {"alarmName": name, "actionsEnabled": is_acting}}
        word = "enabled" if is_acting else "disabled"
        store.append_history(tx, alarm, CONFIGURATION, f"Alarm actions {word}", data)
