"""GetExecutionHistory: what has happened in an execution, event by event."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.machines import parse_arn
from serein.services.stepfunctions.pages import page_size, position_of, with_token
from serein.services.stepfunctions.store.executions import require_execution
from serein.services.stepfunctions.store.history import Event, list_events, list_events_back

_DATA = frozenset({"input", "output", "parameters", "assignedVariables"})
_DETAILS = "EventDetails"


@operation("GetExecutionHistory")
async def get_execution_history(call: Call, request: Request) -> Reply:
    arn = request["executionArn"]
    parse_arn(arn, "execution")
    size = page_size(request)
    is_reverse = bool(request.get("reverseOrder"))

    def read(tx: Transaction) -> list[Event]:
        execution = require_execution(tx, call.scope, arn)
        if is_reverse:
            return list_events_back(tx, execution.id, position_of(request, execution.progress.last_event), size + 1)
        return list_events(tx, execution.id, position_of(request, 1), size + 1)

    found = await call.read(read)
    events = found[:size]
    if request.get("includeExecutionData") is False:
        events = [_without_data(event) for event in events]
    step = -1 if is_reverse else 1
    return with_token({"events": events}, found, size, lambda event: event["id"] + step)


def _without_data(event: Event) -> dict[str, Any]:
    """AWS: inputs and outputs are left out; everything else stays."""
    return {
        name: {member: inner for member, inner in value.items() if member not in _DATA}
        if name.endswith(_DETAILS)
        else value
        for name, value in event.items()
    }
