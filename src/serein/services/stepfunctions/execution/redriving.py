"""Redriving: an execution that ended without success goes on from where it did.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
"""

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.services.stepfunctions.execution.launches import Launches
from serein.services.stepfunctions.execution.memory import memory_of
from serein.services.stepfunctions.execution.stepping import LONGEST_SECONDS, close_run, open_run, set_lifetime
from serein.services.stepfunctions.interpreter import interpreting
from serein.services.stepfunctions.interpreter.journal import MOST_EVENTS
from serein.services.stepfunctions.interpreter.outcomes import RUNNING, SUCCEEDED
from serein.services.stepfunctions.store.executions import Execution, reopen_execution

_REDRIVABLE_SECONDS = 14 * 86_400


def find_hindrance(execution: Execution, now: float) -> str:
    """Why an execution can't be redriven, in AWS's words; empty when it can."""
    if execution.status in (RUNNING, SUCCEEDED):
        return f"Execution is {execution.status} and cannot be redriven"
    if execution.progress.last_event >= MOST_EVENTS - 1:
        return "Execution history event limit exceeded"
    if now - execution.started_at >= LONGEST_SECONDS:
        return "Execution has exceeded the max execution time"
    if now - execution.stopped_at >= _REDRIVABLE_SECONDS:
        return "Execution redrivable period exceeded"
    return ""


def redrive(tx: Transaction, platform: Platform, execution: Execution) -> Launches:
    """Have an execution go on that `find_hindrance` has nothing against. Returns what is to be launched."""
    progress = execution.progress
    progress.redrive_count += 1
    progress.redriven_at = tx.now
    reopen_execution(tx, execution)
    run = open_run(tx, platform, execution)
    seconds = run.machine.timeout_seconds or LONGEST_SECONDS
    set_lifetime(tx, memory_of(platform), execution.id, min(tx.now + seconds, execution.started_at + LONGEST_SECONDS))
    interpreting.redrive(run)
    return close_run(tx, platform, execution, run)
