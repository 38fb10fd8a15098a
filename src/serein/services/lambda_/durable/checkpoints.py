"""A checkpoint: what the function has done, stored together with all that it causes."""

from typing import Any

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.services.lambda_.durable import executions, operations
from serein.services.lambda_.durable.advancing import change_operation, end_due_timers, end_execution
from serein.services.lambda_.durable.chaining import chain
from serein.services.lambda_.durable.checkpoint_checks import Update, check_batch, check_update
from serein.services.lambda_.durable.executions import PAUSING, Execution
from serein.services.lambda_.durable.limits import (
    IDEMPOTENCE_SECONDS,
    MOST_OPERATIONS,
    MOST_STORED_BYTES,
    NEVER,
)
from serein.services.lambda_.durable.operations import Operation
from serein.services.lambda_.durable.states import wire_record
from serein.services.lambda_.errors import InvalidParameterValueException, invalid
from serein.services.lambda_.store import durable
from serein.services.lambda_.store.durable_operations import changed_operations, find_operation


def stale_token() -> InvalidParameterValueException:
    """AWS: SDKs know this message, and give their invocation up."""
    return invalid("Invalid checkpoint token")


def checkpoint(
    tx: Transaction, platform: Platform, execution: Execution, token: str, client_token: str, updates: list[Update]
) -> dict[str, Any]:
    """Apply updates and return the reply. Raises InvalidParameterValueException; then nothing is applied."""
    if token != execution.checkpoint_token() or execution.is_ended or not execution.is_in_flight:
        repeated = _find_reply(tx, execution, token, client_token)
        if repeated is None:
            raise stale_token()
        return repeated
    _apply(tx, platform, execution, updates)
    progress = execution.progress
    progress.token += 1
    if not execution.is_ended:
        end_due_timers(tx, execution)
    reply: dict[str, Any] = {"NewExecutionState": {"Operations": []}}
    if execution.status == PAUSING:
        # AWS: a reply without a token ends the invocation; the execution is paused once it has ended.
        progress.is_interrupted = True
    else:
        changed = changed_operations(tx, execution.arn, progress.seen)
        reply["CheckpointToken"] = execution.checkpoint_token()
        reply["NewExecutionState"]["Operations"] = [wire_record(tx, execution, each) for each in changed]
        progress.seen, progress.invoke_at = progress.sequence, NEVER
    durable.update_execution(tx, execution)
    if client_token and "CheckpointToken" in reply:
        durable.keep_reply(tx, execution.arn, client_token, token, reply)
    return reply


def _find_reply(tx: Transaction, execution: Execution, token: str, client_token: str) -> dict[str, Any] | None:
    kept = durable.find_reply(tx, execution.arn) if client_token else None
    if kept is None or (kept["client_token"], kept["checkpoint_token"]) != (client_token, token):
        return None
    reply: dict[str, Any] = kept["reply"]
    return reply if tx.now - kept["at"] <= IDEMPOTENCE_SECONDS else None


def _apply(tx: Transaction, platform: Platform, execution: Execution, updates: list[Update]) -> None:
    known = _known(tx, execution.arn, updates)
    check_batch(updates, known)
    for update in updates:
        current = known.get(update["Id"])
        if update["Type"] == "EXECUTION":
            check_update(update, None, execution)
            _end(tx, platform, execution, update)
            return
        check_update(update, current, execution)
        if current is None:
            current = known[update["Id"]] = _begun(execution, update, tx.now)
        if update["Type"] == "CHAINED_INVOKE":
            chain(tx, execution, current, update)
        else:
            for told in operations.apply(current, update, execution.arn, tx.now):
                durable.append_event(tx, execution, told)
        change_operation(tx, execution, current, is_news=False)
    if execution.progress.stored_bytes > MOST_STORED_BYTES:
        raise invalid(f"The durable execution exceeded the maximum storage of {MOST_STORED_BYTES} bytes.")


def _known(tx: Transaction, arn: str, updates: list[Update]) -> dict[str, Operation]:
    ids = {update["Id"] for update in updates} | {update["ParentId"] for update in updates if "ParentId" in update}
    return {id: found for id in ids if (found := find_operation(tx, arn, id)) is not None}


def _begun(execution: Execution, update: Update, now: float) -> Operation:
    progress = execution.progress
    if progress.operation_count >= MOST_OPERATIONS:
        raise invalid(f"The durable execution exceeded the maximum of {MOST_OPERATIONS} operations.")
    progress.operation_count += 1
    return operations.begun(update, progress.operation_count - 1, now)


def _end(tx: Transaction, platform: Platform, execution: Execution, update: Update) -> None:
    """AWS: a result too large for a reply is checkpointed, and the execution ends with that."""
    status = executions.SUCCEEDED if update["Action"] == "SUCCEED" else executions.FAILED
    end_execution(tx, platform, execution, status, update.get("Payload"), update.get("Error"))
