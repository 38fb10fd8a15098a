"""Ends of executions that don't come from their own states: they are stopped, time is up, and they are forgotten."""

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.services.stepfunctions.execution.stepping import close_run, open_run
from serein.services.stepfunctions.execution.stored_express import end_child
from serein.services.stepfunctions.interpreter import interpreting
from serein.services.stepfunctions.interpreter.outcomes import ABORTED, RUNNING, TIMED_OUT, Ended
from serein.services.stepfunctions.store.executions import Execution, find_execution, remove_execution
from serein.services.stepfunctions.store.map_runs import forget_runs


def stop(
    tx: Transaction,
    platform: Platform,
    execution: Execution,
    error: str | None = None,
    cause: str | None = None,
    status: str = ABORTED,
) -> None:
    """End an execution that runs; nothing happens to one that has ended."""
    if execution.status != RUNNING:
        return
    if execution.is_express:
        end_child(tx, platform, execution, Ended(status, error=error, cause=cause))
        return
    run = open_run(tx, platform, execution)
    interpreting.stop(run, status, error, cause)
    close_run(tx, platform, execution, run)


def end_lifetime(tx: Transaction, platform: Platform, execution_id: int) -> None:
    """The timer of an execution itself is due: it ran for too long, or ended long ago."""
    execution = find_execution(tx, execution_id)
    if execution is None:
        return
    if execution.status == RUNNING:
        stop(tx, platform, execution, status=TIMED_OUT)
    else:
        forget_runs(tx, execution_id)
        remove_execution(tx, execution)
