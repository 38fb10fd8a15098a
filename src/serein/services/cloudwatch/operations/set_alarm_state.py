"""SetAlarmState: give an alarm a state until it is looked at again."""

import json

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudwatch.alarms import METRIC, watched_period
from serein.services.cloudwatch.errors import InvalidFormatFault, ResourceNotFound
from serein.services.cloudwatch.evaluation import grid_of
from serein.services.cloudwatch.store import alarms as store
from serein.services.cloudwatch.transitions import change_state


@operation("SetAlarmState")
async def set_alarm_state(call: Call, request: Request) -> Reply:
    data = request.get("StateReasonData", "")
    if data:
        try:
            json.loads(data)
        except ValueError:
            raise InvalidFormatFault("Data was not syntactically valid JSON") from None

    def write(tx: Transaction) -> None:
        alarm = store.find_alarm(tx, call.scope, request["AlarmName"])
        if alarm is None:
            raise ResourceNotFound(f"Alarm with name {request['AlarmName']} not found")
        if alarm.kind == METRIC:
            grid = grid_of(watched_period(alarm.definition, alarm.scope))
            store.set_due(tx, alarm.arn, float(tx.now // grid * grid + grid))
        change_state(tx, alarm, request["StateValue"], request["StateReason"], data)

    await call.write(write)
    return {}
