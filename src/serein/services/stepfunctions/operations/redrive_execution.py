"""RedriveExecution: have an execution that failed go on from where it did."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.errors import ExecutionNotRedrivable
from serein.services.stepfunctions.execution.launches import Launches
from serein.services.stepfunctions.execution.performing import launch
from serein.services.stepfunctions.execution.redriving import find_hindrance, redrive
from serein.services.stepfunctions.machines import parse_arn
from serein.services.stepfunctions.store.executions import Execution, require_execution
from serein.services.stepfunctions.store.machines import find_machine

_TOKEN_SECONDS, _MOST_TOKENS = 900, 10


@operation("RedriveExecution")
async def redrive_execution(call: Call, request: Request) -> Reply:
    """AWS: a client token that was used in the last 15 minutes redrives nothing again."""
    arn, token = request["executionArn"], request.get("clientToken", "")
    parse_arn(arn, "execution")

    def begin(tx: Transaction) -> tuple[float, Launches]:
        execution = require_execution(tx, call.scope, arn)
        used = _used_at(execution, token, tx.now)
        if used is not None:
            return used, []
        if hindrance := _hindrance(tx, execution):
            raise ExecutionNotRedrivable(f"The execution '{arn}' cannot be redriven: {hindrance}")
        if token:
            tokens = [*execution.progress.redrive_tokens, (token, tx.now)]
            execution.progress.redrive_tokens = tokens[-_MOST_TOKENS:]
        return tx.now, redrive(tx, call.platform, execution)

    redriven_at, launches = await call.write(begin)
    launch(call.platform, launches)
    return {"redriveDate": redriven_at}


def _used_at(execution: Execution, token: str, now: float) -> float | None:
    for used, at in execution.progress.redrive_tokens:
        if token and used == token and now - at < _TOKEN_SECONDS:
            return at
    return None


def _hindrance(tx: Transaction, execution: Execution) -> str:
    if execution.map_run_arn:
        return "Execution is a child of a Map Run, which is redriven with its parent"
    machine = find_machine(tx, execution.scope, execution.origin.machine_name)
    if machine is not None and machine.is_deleting:
        return "State machine is in DELETING status"
    return find_hindrance(execution, tx.now)
