"""One invocation of an execution's function: how it begins, and what its reply means.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/durable-basic-concepts.html; what a reply may say and how often a
failed invocation is repeated is as AWS's own local runner of durable functions has it.
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.ids import new_request_id
from serein.kernel.runner import Outcome
from serein.services.lambda_.durable import executions
from serein.services.lambda_.durable.advancing import end_execution
from serein.services.lambda_.durable.events import invocation_completed
from serein.services.lambda_.durable.executions import PAUSED, PAUSING, Error, Execution, parsed_error
from serein.services.lambda_.durable.limits import (
    INVOCATION_RETRY_SECONDS,
    MOST_FAILED_INVOCATIONS,
    MOST_IDLE_REPLIES,
    MOST_PAYLOAD_BYTES,
    NEVER,
)
from serein.services.lambda_.durable.states import invocation_event
from serein.services.lambda_.errors import ResourceNotFoundException
from serein.services.lambda_.store import durable
from serein.services.lambda_.store.durable_operations import has_pending

_STATUSES = ("SUCCEEDED", "FAILED", "PENDING")
_LONGEST_PAUSE_SECONDS = 60.0
_MOST_DOUBLINGS = 6


@dataclass(frozen=True, slots=True)
class Begun:
    """An invocation that is to be made."""

    execution: Execution
    request_id: str
    event: bytes


def begin_invocation(tx: Transaction, execution: Execution, owner: str, lease_seconds: float) -> Begun:
    """Claim an execution for an invocation of its function."""
    progress = execution.progress
    progress.invocation_id = new_request_id()
    progress.invoked_at = tx.now
    progress.lease_until = tx.now + lease_seconds
    progress.invoke_at = NEVER
    progress.token += 1
    progress.seen = progress.sequence
    updated, progress.updated = progress.updated, []
    execution.owner = owner
    is_plain = execution.is_plain
    event = durable.find_input(tx, execution.arn) if is_plain else invocation_event(tx, execution, updated)
    durable.update_execution(tx, execution)
    return Begun(execution, progress.invocation_id, event)


def give_back(tx: Transaction, execution: Execution) -> None:
    """An invocation whose owner is gone: it is made again, and counts as none."""
    _release(execution)
    if not execution.is_ended:
        _settle_pause(execution)
        execution.progress.invoke_at = tx.now
    durable.update_execution(tx, execution)


def _release(execution: Execution) -> None:
    execution.progress.invocation_id = ""
    execution.owner = ""


def _settle_pause(execution: Execution) -> None:
    if execution.status == PAUSING:
        execution.status = PAUSED


def settle(tx: Transaction, platform: Platform, begun: Begun, outcome: Outcome | AwsError) -> None:
    """Take an invocation's end over, unless another has taken its place."""
    execution = durable.find_execution(tx, begun.execution.arn)
    if execution is None or execution.progress.invocation_id != begun.request_id:
        return
    _release(execution)
    if isinstance(outcome, AwsError):
        _after_refusal(tx, platform, execution, outcome)
    elif execution.is_plain:
        _after_plain(tx, platform, execution, outcome)
    else:
        _after_invocation(tx, platform, execution, begun, outcome)
    if not execution.is_plain or not execution.is_ended:
        durable.update_execution(tx, execution)


def _after_refusal(tx: Transaction, platform: Platform, execution: Execution, error: AwsError) -> None:
    """The function couldn't be run: throttles pass, a function that is gone doesn't come back."""
    if execution.is_ended:
        return
    if isinstance(error, ResourceNotFoundException) or (execution.is_plain and error.status != 429):
        shown = {"ErrorType": error.code, "ErrorMessage": error.message}
        end_execution(tx, platform, execution, executions.FAILED, None, shown)
        return
    progress = execution.progress
    _settle_pause(execution)
    progress.invoke_at = tx.now + min(2.0 ** min(progress.throttles, _MOST_DOUBLINGS), _LONGEST_PAUSE_SECONDS)
    progress.throttles += 1


def _after_plain(tx: Transaction, platform: Platform, execution: Execution, outcome: Outcome) -> None:
    if outcome.function_error:
        end_execution(tx, platform, execution, executions.FAILED, None, parsed_error(outcome.payload))
        return
    error: Error | None = None
    result: str | None = None
    try:
        result = outcome.payload.decode() or None
    except UnicodeDecodeError:
        error = {"ErrorMessage": "CHAINED_INVOKE response could not be decoded as UTF-8."}
    if len(outcome.payload) > MOST_PAYLOAD_BYTES:
        what = "CHAINED_INVOKE output payload size must be less than or equal to"
        result, error = None, {"ErrorMessage": f"{what} {MOST_PAYLOAD_BYTES} bytes."}
    status = executions.SUCCEEDED if error is None else executions.FAILED
    end_execution(tx, platform, execution, status, result, error)


def _after_invocation(
    tx: Transaction, platform: Platform, execution: Execution, begun: Begun, outcome: Outcome
) -> None:
    progress = execution.progress
    error = parsed_error(outcome.payload) if outcome.function_error else None
    told = invocation_completed(progress.invoked_at, tx.now, begun.request_id, error)
    durable.append_event(tx, execution, told)
    if execution.is_ended:
        return
    progress.throttles = 0
    if error is not None:
        progress.failures += 1
        _repeat(tx, platform, execution, error, progress.failures, MOST_FAILED_INVOCATIONS)
        return
    reply = _parsed(outcome.payload)
    if isinstance(reply, str):
        end_execution(tx, platform, execution, executions.FAILED, None, _invalid_output(reply))
        return
    progress.failures = 0
    if reply["Status"] == "PENDING":
        _suspend(tx, platform, execution)
    else:
        _end(tx, platform, execution, reply)


def _repeat(tx: Transaction, platform: Platform, execution: Execution, error: Error, count: int, most: int) -> None:
    """Invoke the function again after a while, unless it has failed too often."""
    if count >= most:
        end_execution(tx, platform, execution, executions.FAILED, None, error)
        return
    _settle_pause(execution)
    execution.progress.invoke_at = tx.now + INVOCATION_RETRY_SECONDS


def _parsed(payload: bytes) -> dict[str, Any] | str:
    """A function's reply, or what is wrong with it."""
    try:
        reply = msgspec.json.decode(payload)
    except msgspec.DecodeError as unreadable:
        return f"Invalid invocation output: {unreadable}"
    if not isinstance(reply, dict) or reply.get("Status") not in _STATUSES:
        return "Invalid Status in invocation output."
    result, error = reply.get("Result"), reply.get("Error")
    if not isinstance(result, str | None) or not isinstance(error, dict | None):
        return "Invalid invocation output: Result is text, and Error is an object."
    if reply["Status"] == "FAILED" and result is not None:
        return "Cannot provide a Result for FAILED status."
    if reply["Status"] == "SUCCEEDED" and error is not None:
        return "Cannot provide an Error for SUCCEEDED status."
    return reply


def _invalid_output(message: str) -> Error:
    return {"ErrorType": "InvalidParameterValueException", "ErrorMessage": message}


def _suspend(tx: Transaction, platform: Platform, execution: Execution) -> None:
    progress = execution.progress
    if execution.status == PAUSING:
        execution.status = PAUSED
    if progress.is_interrupted:
        progress.is_interrupted = False
        progress.invoke_at = tx.now
        progress.idle_replies = 0
        return
    if progress.invoke_at >= NEVER and not has_pending(tx, execution.arn):
        progress.idle_replies += 1
        error = _invalid_output("Cannot return PENDING status with no pending operations.")
        _repeat(tx, platform, execution, error, progress.idle_replies, MOST_IDLE_REPLIES)
        return
    progress.idle_replies = 0


def _end(tx: Transaction, platform: Platform, execution: Execution, reply: dict[str, Any]) -> None:
    result, error = reply.get("Result"), reply.get("Error")
    if reply["Status"] == "FAILED":
        end_execution(tx, platform, execution, executions.FAILED, None, error or {})
        return
    origin = execution.origin
    if (origin.is_event or origin.parent_arn) and result is not None and len(result.encode()) > MOST_PAYLOAD_BYTES:
        what = "Execution output payload size must be less than or equal to"
        too_large = {"ErrorMessage": f"{what} {MOST_PAYLOAD_BYTES} bytes."}
        end_execution(tx, platform, execution, executions.FAILED, None, too_large)
        return
    end_execution(tx, platform, execution, executions.SUCCEEDED, result, None)
