"""DeleteAlarms: delete alarms, all of them or none."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudwatch.alarms import COMPOSITE, Alarm
from serein.services.cloudwatch.configuration_events import DELETE, change_event
from serein.services.cloudwatch.errors import ResourceNotFound, ValidationError
from serein.services.cloudwatch.history import CONFIGURATION
from serein.services.cloudwatch.store import alarms as store


@operation("DeleteAlarms")
async def delete_alarms(call: Call, request: Request) -> Reply:
    names = request["AlarmNames"]

    def write(tx: Transaction) -> None:
        found = [alarm for name in names if (alarm := store.find_alarm(tx, call.scope, name)) is not None]
        if len(found) < len(names):
            known = {alarm.name for alarm in found}
            missing = ", ".join(name for name in names if name not in known)
            raise ResourceNotFound(f"Alarms with names [{missing}] not found")
        if len(names) > 1 and sum(alarm.kind == COMPOSITE for alarm in found) > 1:
            raise ValidationError("Only one composite alarm can be deleted with one call")
        for alarm in found:
            _check_unused(tx, alarm)
        for alarm in found:
            store.delete_alarm(tx, alarm.arn)
            data = {"version": "1.0", "type": "Delete", "deletedAlarm": {"alarmName": alarm.name}}
            store.append_history(tx, alarm, CONFIGURATION, f'Alarm "{alarm.name}" deleted', data)
            tx.send(change_event(alarm, DELETE, tx.now))

    await call.write(write)
    return {}


def _check_unused(tx: Transaction, alarm: Alarm) -> None:
    """AWS: an alarm that a composite alarm depends on can't be deleted (API_DeleteAlarms)."""
    users = [parent.name for parent in store.parents_of(tx, alarm.arn) if parent.arn != alarm.arn]
    if users:
        raise ValidationError(
            f"Could not delete the alarm {alarm.name} because the composite alarms [{', '.join(users)}] depend on it"
        )
