"""The operations of a durable execution, and what an update of a checkpoint makes of one.

AWS: https://docs.aws.amazon.com/lambda/latest/api/API_OperationUpdate.html
"""

from dataclasses import dataclass
from typing import Any

from serein.services.lambda_.durable.events import Happening, happening
from serein.services.lambda_.durable.executions import Error, callback_id
from serein.services.lambda_.durable.limits import NEVER

STARTED, PENDING, READY = "STARTED", "PENDING", "READY"
SUCCEEDED, FAILED, CANCELLED, TIMED_OUT, STOPPED = "SUCCEEDED", "FAILED", "CANCELLED", "TIMED_OUT", "STOPPED"
_WAITED_FOR = frozenset({"WAIT", "CALLBACK", "CHAINED_INVOKE"})
_ENDS = {"SUCCEED": SUCCEEDED, "FAIL": FAILED}
_IDENTITY = ("Id", "ParentId", "Name", "Type", "SubType")
_PRIVATE = "_"


@dataclass(slots=True)
class Operation:
    """An operation: AWS's shape in `record`, its timers and settings in `settings`."""

    id: str
    position: int
    sequence: int
    due_at: float
    record: dict[str, Any]
    settings: dict[str, Any]

    @property
    def type(self) -> str:
        kind: str = self.record["Type"]
        return kind

    @property
    def status(self) -> str:
        status: str = self.record["Status"]
        return status

    @property
    def is_pending(self) -> bool:
        """Whether an execution may be suspended because of it."""
        if self.type == "STEP":
            return self.status == PENDING
        return self.type in _WAITED_FOR and self.status == STARTED

    def stored(self) -> dict[str, Any]:
        return {**self.record, _PRIVATE: self.settings} if self.settings else self.record

    def end(self, status: str, now: float) -> None:
        self.record["Status"] = status
        self.record["EndTimestamp"] = now
        self.due_at = NEVER

    def detail(self) -> dict[str, Any]:
        """The details that its type has."""
        details: dict[str, Any] = self.record.setdefault(_DETAILS[self.type], {})
        return details


_DETAILS = {
    "EXECUTION": "ExecutionDetails",
    "CONTEXT": "ContextDetails",
    "STEP": "StepDetails",
    "WAIT": "WaitDetails",
    "CALLBACK": "CallbackDetails",
    "CHAINED_INVOKE": "ChainedInvokeDetails",
}


def restored(id: str, position: int, sequence: int, due_at: float, record: dict[str, Any]) -> Operation:
    """An operation from its row."""
    return Operation(id, position, sequence, due_at, record, record.pop(_PRIVATE, {}))


def begun(update: dict[str, Any], position: int, now: float) -> Operation:
    """The operation that an update is the first of."""
    record: dict[str, Any] = {key: update[key] for key in _IDENTITY if key in update}
    record |= {"StartTimestamp": now, "Status": STARTED}
    return Operation(update["Id"], position, 0, NEVER, record, {})


def apply(operation: Operation, update: dict[str, Any], arn: str, now: float) -> list[Happening]:
    """Change an operation as an update says that may do so; return what the history is to tell."""
    kind = operation.type
    if kind == "STEP":
        return _apply_to_step(operation, update, now)
    if kind == "CONTEXT":
        return _apply_to_context(operation, update, now)
    if kind == "WAIT":
        return _apply_to_wait(operation, update, now)
    if kind == "CALLBACK":
        return _begin_callback(operation, update, arn, now)
    return []


def _apply_to_step(operation: Operation, update: dict[str, Any], now: float) -> list[Happening]:
    action, record, details = update["Action"], operation.record, operation.detail()
    if action == "START":
        record["Status"] = STARTED
        details.setdefault("Attempt", 0)
        return [happening("StepStarted", record, now, {})]
    attempt = details["Attempt"] = details.get("Attempt", 0) + 1
    details.pop("NextAttemptTimestamp", None)
    _set_outcome(details, update)
    retry: dict[str, Any] = {"CurrentAttempt": attempt}
    if action == "RETRY":
        delay = update["StepOptions"].get("NextAttemptDelaySeconds", 0)
        retry["NextAttemptDelaySeconds"] = delay
        record["Status"] = PENDING
        operation.due_at = details["NextAttemptTimestamp"] = now + delay
    else:
        operation.end(_ENDS[action], now)
    is_failure = "Error" in update or action == "FAIL"
    name = "StepFailed" if is_failure else "StepSucceeded"
    return [happening(name, record, now, {**_outcome(update, is_failure=is_failure), "RetryDetails": retry})]


def _apply_to_context(operation: Operation, update: dict[str, Any], now: float) -> list[Happening]:
    action, record, details = update["Action"], operation.record, operation.detail()
    if "ReplayChildren" in update.get("ContextOptions", {}):
        details["ReplayChildren"] = update["ContextOptions"]["ReplayChildren"]
    if action == "START":
        return [happening("ContextStarted", record, now, {})]
    _set_outcome(details, update)
    operation.end(_ENDS[action], now)
    name = "ContextSucceeded" if action == "SUCCEED" else "ContextFailed"
    return [happening(name, record, now, _outcome(update, is_failure=action == "FAIL"))]


def _apply_to_wait(operation: Operation, update: dict[str, Any], now: float) -> list[Happening]:
    if update["Action"] == "CANCEL":
        operation.end(CANCELLED, now)
        return [happening("WaitCancelled", operation.record, now, {})]
    seconds = update["WaitOptions"]["WaitSeconds"]
    operation.due_at = operation.detail()["ScheduledEndTimestamp"] = now + seconds
    operation.settings["seconds"] = seconds
    details = {"Duration": seconds, "ScheduledEndTimestamp": operation.due_at}
    return [happening("WaitStarted", operation.record, now, details)]


def _begin_callback(operation: Operation, update: dict[str, Any], arn: str, now: float) -> list[Happening]:
    options = update.get("CallbackOptions", {})
    timeout, heartbeat = options.get("TimeoutSeconds", 0), options.get("HeartbeatTimeoutSeconds", 0)
    id = operation.detail()["CallbackId"] = callback_id(arn, operation.id)
    operation.settings = {
        "times_out_at": now + timeout if timeout else NEVER,
        "heartbeat_seconds": heartbeat,
        "heartbeat_by": now + heartbeat if heartbeat else NEVER,
    }
    operation.due_at = min(operation.settings["times_out_at"], operation.settings["heartbeat_by"])
    details: dict[str, Any] = {"CallbackId": id}
    if timeout:
        details["Timeout"] = timeout
    if heartbeat:
        details["HeartbeatTimeout"] = heartbeat
    return [happening("CallbackStarted", operation.record, now, details)]


def beat(operation: Operation, now: float) -> None:
    """A callback's heartbeat came."""
    settings = operation.settings
    if settings["heartbeat_seconds"]:
        settings["heartbeat_by"] = now + settings["heartbeat_seconds"]
    operation.due_at = min(settings["times_out_at"], settings["heartbeat_by"])


def end_with(operation: Operation, status: str, now: float, result: str | None, error: Error | None) -> Happening:
    """End a callback or a chained invocation from outside."""
    details = operation.detail()
    outcome: dict[str, Any] = {}
    if error is not None:
        details["Error"] = error
        outcome["Error"] = {"Payload": error}
    else:
        if result is not None:
            details["Result"] = result
        outcome["Result"] = {} if result is None else {"Payload": result}
    operation.end(status, now)
    kind = "Callback" if operation.type == "CALLBACK" else "ChainedInvoke"
    return happening(kind + _ENDINGS[status], operation.record, now, outcome)


_ENDINGS = {SUCCEEDED: "Succeeded", FAILED: "Failed", TIMED_OUT: "TimedOut", STOPPED: "Stopped"}


def expire(operation: Operation, now: float) -> Happening | None:
    """A timer of the operation ended; what the history tells of it, if anything."""
    if operation.type == "WAIT":
        operation.end(SUCCEEDED, now)
        return happening("WaitSucceeded", operation.record, now, {"Duration": operation.settings["seconds"]})
    if operation.type == "STEP":
        operation.record["Status"] = READY
        operation.detail().pop("NextAttemptTimestamp", None)
        operation.due_at = NEVER
        return None
    is_late = operation.settings["times_out_at"] <= now
    error = {
        "ErrorType": "Callback.Timeout" if is_late else "Callback.Heartbeat",
        "ErrorMessage": "Callback timed out" if is_late else "Callback timed out on heartbeat",
    }
    return end_with(operation, TIMED_OUT, now, None, error)


def _set_outcome(details: dict[str, Any], update: dict[str, Any]) -> None:
    for member, source in (("Result", "Payload"), ("Error", "Error")):
        if source in update:
            details[member] = update[source]
        else:
            details.pop(member, None)


def _outcome(update: dict[str, Any], *, is_failure: bool) -> dict[str, Any]:
    if is_failure:
        return {"Error": {"Payload": update.get("Error", {})}}
    return {"Result": {"Payload": update["Payload"]} if "Payload" in update else {}}
