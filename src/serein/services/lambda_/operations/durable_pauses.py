"""PauseDurableExecution and ResumeDurableExecution.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/durable-pause-resume.html
"""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.durable.events import happening
from serein.services.lambda_.durable.executions import PAUSED, PAUSING, RUNNING, Execution, Pause, scope_of
from serein.services.lambda_.durable.limits import IDEMPOTENCE_SECONDS
from serein.services.lambda_.errors import ResourceConflictException
from serein.services.lambda_.store import durable


@operation("PauseDurableExecution")
async def pause_durable_execution(call: Call, request: Request) -> Reply:
    """An invocation in flight goes on until its next checkpoint; without one the execution is paused at once."""
    arn = request["DurableExecutionArn"]
    scope_of(arn)

    def write(tx: Transaction) -> Reply:
        execution = durable.require_execution(tx, arn)
        asked = _pause(request, tx.now, request.get("ExecutionTimeoutPaused", True), is_resumed=False)
        if _is_repeated(execution, asked):
            return {}
        if execution.status != RUNNING:
            raise _conflict("pause", execution)
        execution.status = PAUSING if execution.is_in_flight else PAUSED
        execution.progress.pause = asked
        details: dict[str, Any] = {
            "PauseRequestTimestamp": tx.now,
            "ExecutionTimeoutPaused": asked.is_timeout_paused,
        }
        _tell(tx, execution, "ExecutionPaused", details, asked)
        return {}

    return await call.write(write)


@operation("ResumeDurableExecution")
async def resume_durable_execution(call: Call, request: Request) -> Reply:
    """The time that the pause held the clock is added to the execution's."""
    arn = request["DurableExecutionArn"]
    scope_of(arn)

    def write(tx: Transaction) -> Reply:
        execution = durable.require_execution(tx, arn)
        asked = _pause(request, tx.now, False, is_resumed=True)
        if _is_repeated(execution, asked):
            return {}
        if execution.status not in (PAUSED, PAUSING):
            raise _conflict("resume", execution)
        progress = execution.progress
        if progress.pause is not None and progress.pause.is_timeout_paused:
            progress.expires_at += tx.now - progress.pause.requested_at
        execution.status, progress.pause = RUNNING, asked
        _tell(tx, execution, "ExecutionResumed", {"ResumeRequestTimestamp": tx.now}, asked)
        return {}

    return await call.write(write)


def _pause(request: Request, now: float, is_timeout_paused: bool, *, is_resumed: bool) -> Pause:
    return Pause(now, request.get("Reason", ""), is_timeout_paused, request.get("ClientToken", ""), is_resumed)


def _is_repeated(execution: Execution, asked: Pause) -> bool:
    """Whether this is the request that was the last to be done."""
    last = execution.progress.pause
    return (
        last is not None
        and asked.client_token != ""
        and (last.client_token, last.is_resumed, last.reason) == (asked.client_token, asked.is_resumed, asked.reason)
        and asked.requested_at - last.requested_at <= IDEMPOTENCE_SECONDS
    )


def _conflict(what: str, execution: Execution) -> ResourceConflictException:
    return ResourceConflictException(f"Cannot {what} a durable execution in {execution.status} status.", Type="User")


def _tell(tx: Transaction, execution: Execution, name: str, details: dict[str, Any], asked: Pause) -> None:
    if asked.reason:
        details["Reason"] = {"Payload": asked.reason}
    about = {"Id": execution.id, "Name": execution.name}
    durable.append_event(tx, execution, happening(name, about, tx.now, details))
    durable.update_execution(tx, execution)
