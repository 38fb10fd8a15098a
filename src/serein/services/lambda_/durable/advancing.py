"""How an execution moves on without its function: it begins, its operations end, it is invoked, it ends itself.

All of it happens in the transaction of whoever causes it, so that an execution and what waits for it can't disagree.
"""

from typing import Any

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.runner import Outcome
from serein.services.lambda_.destinations import send_dead_letter
from serein.services.lambda_.durable import executions, operations
from serein.services.lambda_.durable.announcements import announce
from serein.services.lambda_.durable.events import happening
from serein.services.lambda_.durable.executions import Error, Execution
from serein.services.lambda_.durable.limits import NEVER
from serein.services.lambda_.durable.operations import Operation
from serein.services.lambda_.durable.settings import find_settings
from serein.services.lambda_.names import LATEST, FunctionReference
from serein.services.lambda_.store import durable, functions
from serein.services.lambda_.store.durable_operations import due_operations, find_operation, put_operation
from serein.services.lambda_.store.events import Event

_ENDED_EVENTS = {
    executions.SUCCEEDED: "ExecutionSucceeded",
    executions.FAILED: "ExecutionFailed",
    executions.TIMED_OUT: "ExecutionTimedOut",
    executions.STOPPED: "ExecutionStopped",
}


def begin_execution(tx: Transaction, execution: Execution, input: bytes) -> bool:
    """Add an execution that is due at once; False when its function has one of that name."""
    progress, now = execution.progress, tx.now
    progress.invoke_at = now
    if execution.is_plain:
        return durable.append_execution(tx, execution, input)
    progress.expires_at = now + execution.origin.timeout_seconds
    if not durable.append_execution(tx, execution, input):
        return False
    text = input.decode("utf-8", "replace")
    root = operations.begun({"Id": execution.id, "Name": execution.name, "Type": "EXECUTION"}, 0, now)
    root.sequence = execution.next_sequence()
    progress.operation_count = 1
    put_operation(tx, execution.arn, root)
    details = {"Input": {"Payload": text}, "ExecutionTimeout": execution.origin.timeout_seconds}
    durable.append_event(tx, execution, happening("ExecutionStarted", root.record, now, details))
    announce(tx, execution)
    durable.update_execution(tx, execution)
    return True


def change_operation(tx: Transaction, execution: Execution, operation: Operation, *, is_news: bool) -> None:
    """Store an operation that has changed; news are what the function doesn't know yet: it will be invoked."""
    operation.sequence = execution.next_sequence()
    execution.progress.stored_bytes += put_operation(tx, execution.arn, operation)
    if is_news:
        execution.progress.invoke_at = min(execution.progress.invoke_at, tx.now)
        if operation.id not in execution.progress.updated:
            execution.progress.updated.append(operation.id)


def end_due_timers(tx: Transaction, execution: Execution) -> None:
    """End the waits, back-offs and callbacks whose time has come."""
    for operation in due_operations(tx, execution.arn):
        told = operations.expire(operation, tx.now)
        change_operation(tx, execution, operation, is_news=True)
        if told is not None:
            durable.append_event(tx, execution, told)


def end_operation(
    tx: Transaction,
    execution: Execution,
    operation: Operation,
    status: str,
    result: str | None,
    error: Error | None,
) -> None:
    """End a callback or a chained invocation, and have the function told."""
    told = operations.end_with(operation, status, tx.now, result, error)
    change_operation(tx, execution, operation, is_news=True)
    durable.append_event(tx, execution, told)
    durable.update_execution(tx, execution)


def end_execution(
    tx: Transaction, platform: Platform, execution: Execution, status: str, result: str | None, error: Error | None
) -> None:
    """End an execution; whoever chained it, waits for it or collects its failures hears of it."""
    progress = execution.progress
    execution.status = status
    progress.ended_at, progress.invoke_at, progress.pause = tx.now, NEVER, None
    progress.is_interrupted = False
    if execution.is_plain:
        durable.remove_execution(tx, execution.arn)
    else:
        durable.put_outcome(tx, execution.arn, result, error)
        details: dict[str, Any]
        if status == executions.SUCCEEDED:
            details = {"Result": {} if result is None else {"Payload": result}}
        else:
            details = {"Error": {"Payload": error or {}}}
        about = {"Id": execution.id, "Name": execution.name}
        durable.append_event(tx, execution, happening(_ENDED_EVENTS[status], about, tx.now, details))
        durable.update_execution(tx, execution)
        _send_dead_letter(tx, platform, execution, error)
        announce(tx, execution)
        tx.wake(durable.end_topic(execution.arn))
    if execution.origin.parent_arn:
        _tell_parent(tx, execution, status, result, error)


def _tell_parent(tx: Transaction, execution: Execution, status: str, result: str | None, error: Error | None) -> None:
    origin = execution.origin
    parent = durable.find_execution(tx, origin.parent_arn)
    if parent is None or parent.is_ended:
        return
    operation = find_operation(tx, parent.arn, origin.parent_operation)
    if operation is None or operation.status != operations.STARTED:
        return
    if status == executions.TIMED_OUT:
        # AWS: the caller is told of its own operation's end, not of the execution's.
        error = {
            "ErrorType": "ChainedInvoke.Timeout",
            "ErrorMessage": f"CHAINED_INVOKE timed out after {origin.timeout_seconds} seconds.",
        }
    elif status != executions.SUCCEEDED:
        error = error or {}
    end_operation(tx, parent, operation, status, result, error)


def _send_dead_letter(tx: Transaction, platform: Platform, execution: Execution, error: Error | None) -> None:
    """AWS: what ends otherwise than well after an asynchronous invocation goes to the function's dead-letter queue."""
    if execution.status == executions.SUCCEEDED or not execution.origin.is_event:
        return
    target = _dead_letter_target(tx, execution.reference)
    if not target:
        return
    event = Event(
        execution.reference,
        execution.id,
        durable.find_input(tx, execution.arn),
        execution.started_at,
        execution.origin.trace_id,
    )
    outcome = Outcome(executions.encoded_error(error or {}), "Unhandled")
    send_dead_letter(tx, platform, target, event, outcome, "RetriesExhausted")


def _dead_letter_target(tx: Transaction, reference: FunctionReference) -> str:
    if reference.qualifier == LATEST:
        row = functions.invocation_row(tx, reference.scope, reference.name)
        configuration = None if row is None else row[0]
    else:
        configuration = functions.find_version(tx, reference.scope, reference.name, int(reference.qualifier))
    settings = None if configuration is None else find_settings(configuration)
    return "" if settings is None else settings.dead_letter_arn


def give_up_on_time(tx: Transaction, platform: Platform, execution: Execution) -> None:
    """The time of an execution is up."""
    seconds = execution.origin.timeout_seconds
    error = {"ErrorMessage": f"Execution timed out after {seconds} seconds."}
    end_execution(tx, platform, execution, executions.TIMED_OUT, None, error)
