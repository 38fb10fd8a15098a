"""What the updates of a checkpoint may say: AWS's rules for each type of operation.

AWS: https://docs.aws.amazon.com/lambda/latest/api/API_CheckpointDurableExecution.html; the messages are those of the
service, as AWS's own local runner of durable functions repeats them.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from serein.services.lambda_.durable.executions import Execution
from serein.services.lambda_.durable.limits import MOST_PAYLOAD_BYTES, MOST_SYNCHRONOUS_BYTES
from serein.services.lambda_.durable.operations import PENDING, READY, STARTED, Operation
from serein.services.lambda_.errors import invalid

Update = dict[str, Any]
Known = Mapping[str, Operation]
"""The operations that a checkpoint speaks of and that there are already, by their ids."""

_ACTIONS = {
    "STEP": ("START", "FAIL", "RETRY", "SUCCEED"),
    "CONTEXT": ("START", "FAIL", "SUCCEED"),
    "WAIT": ("START", "CANCEL"),
    "CALLBACK": ("START",),
    "CHAINED_INVOKE": ("START",),
    "EXECUTION": ("SUCCEED", "FAIL"),
}
_TARGET = re.compile(
    r"(?P<arn>arn:aws[a-zA-Z-]*:lambda:)?(?:(?P<region>(?:eusc-)?[a-z]{2}(?:-[a-z]+)+-\d):)?(?:(?P<account>\d{12}):)?"
    r"(?:function:)?[a-zA-Z0-9_.-]+(?::(?:\$LATEST(?:\.PUBLISHED)?|[a-zA-Z0-9_-]+))?"
)


def check_batch(updates: Sequence[Update], known: Known) -> None:
    """Raise InvalidParameterValueException when the updates don't go together."""
    ends = [update for update in updates if update["Type"] == "EXECUTION"]
    if len(ends) > 1:
        raise invalid("Cannot checkpoint multiple EXECUTION updates.")
    if ends and updates[-1]["Type"] != "EXECUTION":
        raise invalid("EXECUTION checkpoint must be the last update.")
    started: dict[str, str] = {}
    latest: dict[str, Update] = {}
    for update in updates:
        before = latest.get(update["Id"])
        if before is not None and not _may_follow(update, before):
            raise invalid("Cannot checkpoint multiple operations with the same ID.")
        _check_parent(update, started, known)
        if update["Action"] == "START":
            started[update["Id"]] = update["Type"]
        latest[update["Id"]] = update


def _may_follow(update: Update, before: Update) -> bool:
    """A step or a context may begin and end in one checkpoint."""
    return before["Type"] in ("STEP", "CONTEXT") and before["Action"] == "START" and update["Action"] != "START"


def _check_parent(update: Update, started: dict[str, str], known: Known) -> None:
    parent = update.get("ParentId")
    if parent is None:
        return
    kind = started.get(parent) or (known[parent].type if parent in known else "")
    if kind != "CONTEXT":
        raise invalid("Invalid parent operation id.")


def check_update(update: Update, current: Operation | None, execution: Execution) -> None:
    """Raise InvalidParameterValueException when an operation in this state can't be updated so."""
    if current is not None:
        _check_identity(update, current)
    _check_sizes(update, execution)
    kind, action = update["Type"], update["Action"]
    if action not in _ACTIONS[kind]:
        raise invalid("Invalid action for the given operation type.")
    if action == "FAIL" and "Payload" in update:
        raise invalid("Cannot provide a Payload for FAIL action.")
    if action == "SUCCEED" and "Error" in update:
        raise invalid("Cannot provide an Error for SUCCEED action.")
    if kind == "STEP":
        _check_step(update, current)
    elif kind == "WAIT":
        _check_wait(update, current)
    elif kind == "CONTEXT":
        _check_context(action, current)
    elif kind in ("CALLBACK", "CHAINED_INVOKE"):
        _check_start(update, current, execution)


def _check_identity(update: Update, current: Operation) -> None:
    record = current.record
    for member, name in (
        ("Type", "operation type"),
        ("SubType", "operation subtype"),
        ("Name", "operation name"),
        ("ParentId", "parent operation id"),
    ):
        if member in update and update[member] != record.get(member):
            raise invalid(f"Inconsistent {name}.")


def _check_sizes(update: Update, execution: Execution) -> None:
    kind = update["Type"]
    if "Error" in update and len(msgspec.json.encode(update["Error"])) > MOST_PAYLOAD_BYTES:
        raise invalid(f"Error object size must be less than or equal to {MOST_PAYLOAD_BYTES} bytes.")
    payload = update.get("Payload")
    if payload is None:
        return
    limit, what = MOST_PAYLOAD_BYTES, f"{kind} output"
    if kind == "EXECUTION":
        what = "Execution output"
        if not execution.origin.is_event and not execution.origin.parent_arn:
            limit = MOST_SYNCHRONOUS_BYTES
    elif kind == "CHAINED_INVOKE":
        what = "CHAINED_INVOKE input"
    if len(payload.encode()) > limit:
        raise invalid(f"{what} payload size must be less than or equal to {limit} bytes.")


def _check_step(update: Update, current: Operation | None) -> None:
    action = update["Action"]
    status = current.status if current is not None else READY
    if action == "START":
        if status != READY:
            raise invalid("Invalid current STEP state to start.")
        return
    if status not in (STARTED, READY):
        raise invalid(f"Invalid current STEP state to {'re-attempt' if action == 'RETRY' else 'close'}.")
    if action != "RETRY":
        return
    if "StepOptions" not in update:
        raise invalid("Invalid StepOptions for the given action.")
    if "Error" in update and "Payload" in update:
        raise invalid("Cannot provide both error and payload to RETRY a STEP.")


def _check_wait(update: Update, current: Operation | None) -> None:
    if update["Action"] == "CANCEL":
        if current is None or current.status != STARTED:
            raise invalid("Cannot cancel a WAIT that does not exist or has already completed.")
        return
    if current is not None:
        raise invalid("Cannot start a WAIT that already exist.")
    if "WaitSeconds" not in update.get("WaitOptions", {}):
        raise invalid("Update for WAIT operation requires WaitOptions.")


def _check_context(action: str, current: Operation | None) -> None:
    if action == "START":
        if current is not None:
            raise invalid("Cannot start a CONTEXT that already exist.")
    elif current is not None and current.status not in (STARTED, PENDING):
        raise invalid("Invalid current CONTEXT state to close.")


def _check_start(update: Update, current: Operation | None, execution: Execution) -> None:
    if update["Type"] == "CALLBACK":
        if current is not None:
            raise invalid("Cannot start a CALLBACK that already exist.")
        return
    if current is not None:
        raise invalid("Cannot start a CHAINED_INVOKE operation that already exists.")
    options = update.get("ChainedInvokeOptions")
    if options is None:
        raise invalid("Update for CHAINED_INVOKE operation requires ChainedInvokeOptions.")
    name = options["FunctionName"]
    match = _TARGET.fullmatch(name)
    if match is None or (match["arn"] and not (match["region"] and match["account"])):
        raise invalid(f"Invalid function ARN '{name}'")
    if (match["account"] or execution.scope.account) != execution.scope.account:
        raise invalid("Cannot start a CHAINED_INVOKE on a function in another account.")
    if (match["region"] or execution.scope.region) != execution.scope.region:
        raise invalid("Cannot start a CHAINED_INVOKE on a function in another region.")
