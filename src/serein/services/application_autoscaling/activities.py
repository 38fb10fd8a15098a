"""Scaling activities: what was done and why, in AWS's words.

AWS: https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-scaling-activities.html
"""

from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.services.application_autoscaling import store
from serein.services.application_autoscaling.targets import ScalableTarget

SUCCESSFUL, IN_PROGRESS, FAILED = "Successful", "InProgress", "Failed"


def append_activity(
    tx: Transaction,
    target: ScalableTarget,
    description: str,
    cause: str,
    status: str,
    message: str = "",
    *,
    reason: dict[str, Any] | None = None,
) -> str:
    """Store an activity of now and return its id. `reason` says why nothing was scaled."""
    id = new_uuid()
    activity: dict[str, Any] = {
        "ActivityId": id,
        **target.address.members,
        "Description": description,
        "Cause": cause,
        "StartTime": tx.now,
        "StatusCode": status,
    }
    if status != IN_PROGRESS:
        activity["EndTime"] = tx.now
    if message:
        activity["StatusMessage"] = message
    if reason is not None:
        activity["NotScaledReasons"] = [reason]
    store.put_activity(tx, target, id, tx.now, activity, is_scaled=reason is None)
    return id


def finish_activity(tx: Transaction, target: ScalableTarget, id: str) -> None:
    """Note that the change of an activity in progress is fulfilled."""
    activity = store.find_activity(tx, id)
    if activity is None or activity["StatusCode"] != IN_PROGRESS:
        return
    message = activity["StatusMessage"].replace(waiting(target), fulfilled(target))
    finished = {**activity, "StatusCode": SUCCESSFUL, "StatusMessage": message, "EndTime": tx.now}
    store.put_activity(tx, target, id, activity["StartTime"], finished, is_scaled=True)


def waiting(target: ScalableTarget) -> str:
    return f"Waiting for change to be fulfilled by {target.address.namespace}."


def fulfilled(target: ScalableTarget) -> str:
    return f"Change successfully fulfilled by {target.address.namespace}."
