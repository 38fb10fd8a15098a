"""How an operation of a stack set ended in one account and region, and what that makes of the instance."""

from dataclasses import dataclass

from serein.kernel.database import Transaction
from serein.services.cloudformation.stacksets import store
from serein.services.cloudformation.stacksets.sets import Result, SetOperation
from serein.services.cloudformation.store import events, stacks

_GOOD = {
    "CREATE": ("CREATE_COMPLETE", "UPDATE_COMPLETE"),
    "UPDATE": ("CREATE_COMPLETE", "UPDATE_COMPLETE"),
    "DELETE": ("DELETE_COMPLETE",),
}
_EVENTS = 1_000


@dataclass(frozen=True, slots=True)
class Outcome:
    status: str
    reason: str
    drift_status: str = ""


def outcome_of(tx: Transaction, result: Result, action: str) -> Outcome | None:
    """How the stack's own operation ended, or None while it runs."""
    stack = stacks.stack_by_id(tx, result.stack_id)
    if stack.is_busy or stack.settings.is_delete_wanted:
        return None
    if stack.status in _GOOD[action]:
        return Outcome("SUCCEEDED", "")
    return Outcome("FAILED", _reason(tx, result.stack_id) or stack.reason or stack.settings.failure)


def _reason(tx: Transaction, stack_id: str) -> str:
    """What failed first in a stack's last operation, as stack sets tell it."""
    found = ""
    for row in events.list_events(tx, stack_id, 1 << 62, _EVENTS):
        _, _, logical_id, physical_id, type_name, status, reason = row[:7]
        if physical_id == stack_id:
            if reason == "User Initiated":
                break
        elif status.endswith("_FAILED") and "cancelled" not in reason:
            found = f"ResourceLogicalId:{logical_id}, ResourceType:{type_name}, ResourceStatusReason:{reason}."
    return found


def settle(tx: Transaction, operation: SetOperation, result: Result, outcome: Outcome) -> None:
    """Set a result, and the instance that it is about. The caller saves the result."""
    result.status, result.reason = outcome.status, outcome.reason
    store.save_result(tx, operation, result)
    instance = store.find_instance(tx, operation.set_id, result.account, result.region)
    if instance is None:
        return
    is_good = outcome.status == "SUCCEEDED"
    instance.detailed_status, instance.reason = outcome.status, outcome.reason
    if operation.action == "DELETE":
        if is_good:
            store.delete_instance(tx, instance)
            return
        # AWS: a stack that couldn't be deleted leaves its instance unusable
        # (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackInstance.html).
        instance.status = "INOPERABLE"
    elif operation.action == "DETECT_DRIFT":
        if is_good:
            instance.drift_status, instance.drift_checked_at = outcome.drift_status, tx.now
    else:
        instance.status = "CURRENT" if is_good else "OUTDATED"
    store.save_instance(tx, instance)
