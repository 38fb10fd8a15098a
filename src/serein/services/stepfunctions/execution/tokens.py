"""Tasks that wait for somebody who knows their token: activities' workers, and whoever was sent it."""

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.services.stepfunctions.errors import InvalidToken, TaskTimedOut
from serein.services.stepfunctions.execution.launches import Launches
from serein.services.stepfunctions.execution.resuming import settle
from serein.services.stepfunctions.execution.stepping import close_run, open_run
from serein.services.stepfunctions.interpreter.frames import PERFORMING, SUBMITTED, Frame
from serein.services.stepfunctions.interpreter.outcomes import RUNNING, Done, Failed, Outcome
from serein.services.stepfunctions.interpreter.payloads import decode
from serein.services.stepfunctions.interpreter.run import Run
from serein.services.stepfunctions.interpreter.task_states import beat, begin_activity
from serein.services.stepfunctions.interpreter.tokens import Place, find_place
from serein.services.stepfunctions.store.executions import Execution, find_execution


def complete_task(tx: Transaction, platform: Platform, token: str, output: str, account: str) -> Launches:
    """A task has succeeded with JSON text. Raises InvalidToken, TaskTimedOut."""
    return _settle(tx, platform, token, account, Done(decode(output)))


def fail_task(
    tx: Transaction, platform: Platform, token: str, error: str | None, cause: str | None, account: str
) -> Launches:
    """A task has failed. Raises InvalidToken, TaskTimedOut."""
    return _settle(tx, platform, token, account, Failed(error, cause))


def record_heartbeat(tx: Transaction, platform: Platform, token: str, account: str) -> None:
    """Whoever performs a task lives. Raises InvalidToken, TaskTimedOut."""
    execution, run, frame = _require_task(tx, platform, token, account)
    beat(run, frame)
    close_run(tx, platform, execution, run)


def begin_activity_task(tx: Transaction, platform: Platform, place: Place, worker_name: str) -> bool:
    """A worker has taken a task of an activity; False when that doesn't wait any more."""
    execution = find_execution(tx, place.execution_id)
    if execution is None or execution.status != RUNNING:
        return False
    run = open_run(tx, platform, execution)
    frame = run.frames.find(place.frame_id)
    if frame is None or frame.task != place.task or frame.phase != SUBMITTED:
        return False
    begin_activity(run, frame, worker_name)
    close_run(tx, platform, execution, run)
    return True


def _settle(tx: Transaction, platform: Platform, token: str, account: str, outcome: Outcome) -> Launches:
    execution, _, frame = _require_task(tx, platform, token, account)
    return settle(tx, platform, Place(execution.id, frame.id, frame.task), outcome)


def _require_task(tx: Transaction, platform: Platform, token: str, account: str) -> tuple[Execution, Run, Frame]:
    """The task that a token speaks for.

    AWS: a token that was used, and one whose execution has ended, are TaskTimedOut.
    """
    found = find_place(token)
    if found is None:
        raise InvalidToken("Invalid Token: 'Invalid token'")
    place, secret = found
    execution = find_execution(tx, place.execution_id)
    if execution is None or execution.status != RUNNING or execution.scope.account != account:
        raise TaskTimedOut("Task Timed Out: 'Provided task does not exist anymore'")
    run = open_run(tx, platform, execution)
    frame = run.frames.find(place.frame_id)
    if (
        frame is None
        or frame.phase not in (PERFORMING, SUBMITTED)
        or frame.task != place.task
        or frame.secret != secret
    ):
        raise TaskTimedOut("Task Timed Out: 'Provided task does not exist anymore'")
    return execution, run, frame
