"""FireDue: owe the invocations of the schedules that are due, for the worker."""

from dataclasses import replace
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Delivery, Target, Transaction
from serein.kernel.ids import random_hex
from serein.kernel.operation import Reply, Request, operation
from serein.services.scheduler import store
from serein.services.scheduler.definitions import StoredSchedule, invoked_at, next_due

_AT_ONCE = 100


@operation("FireDue", internal=True)
async def fire_due(call: Call, request: Request) -> Reply:
    del request

    def fire(tx: Transaction) -> None:
        for schedule in store.due_schedules(tx, tx.now, _AT_ONCE):
            _fire(tx, schedule)

    await call.write(fire)
    return {}


def _fire(tx: Transaction, schedule: StoredSchedule) -> None:
    """Owe one invocation, and go on to the next: one that was missed is made up for, each in its turn."""
    due_at = schedule.due_at
    assert due_at is not None, "it is due"
    following = next_due(schedule.definition, due_at, schedule.anchor)
    invocation: dict[str, Any] = {
        "ScheduleArn": schedule.arn,
        "ScheduledAt": due_at,
        "ExecutionId": random_hex(8),
        "Target": schedule.definition["Target"],
        "Attempt": 1,
    }
    if following is None and schedule.is_deleted_when_complete:
        invocation["LastOf"] = schedule.modified_at
    target = Target("scheduler", "InvokeTarget", schedule.scope)
    tx.send(Delivery(target, invocation, not_before=invoked_at(schedule, due_at)))
    store.put_schedule(tx, replace(schedule, due_at=following))
