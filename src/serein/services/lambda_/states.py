"""The states of functions and versions: being created, being updated, and settled.

A record says how its function is once it has settled. While a change is under way `_change` says which, until when,
and the revision that the function has meanwhile; so nothing needs to happen for a change to end, and a restart loses
none. By default a change ends at once, and only its own reply shows it under way.
"""

from typing import Any

from serein.kernel.ids import new_uuid
from serein.services.lambda_.errors import ResourceConflictException

Record = dict[str, Any]

_CREATING = "Creating"
_UPDATING = "Updating"
_SECONDS = {_CREATING: 3.0, _UPDATING: 2.0}
_SNAPSHOT_SECONDS = 20.0
"""How long changes take when resources are to take their time; AWS needs minutes for a snapshot."""
_REASON = "The function is being created."


def begin_creation(record: Record, now: float, *, is_gradual: bool, keeps_revision: bool = False) -> None:
    """Have a new function or version be Pending for a while.

    AWS: a function has another revision when it has become Active; a version keeps the one that it was given.
    """
    seconds = _SNAPSHOT_SECONDS if record["SnapStart"]["OptimizationStatus"] == "On" else _SECONDS[_CREATING]
    _begin(record, _CREATING, now + seconds if is_gradual else now)
    if keeps_revision:
        record["_change"]["revision"] = record["RevisionId"]


def begin_update(record: Record, now: float, *, is_gradual: bool) -> None:
    """Have a function's update be InProgress for a while."""
    _begin(record, _UPDATING, now + _SECONDS[_UPDATING] if is_gradual else now)


def _begin(record: Record, kind: str, until: float) -> None:
    """AWS: the revision changes when the change begins, and again when it has ended."""
    record["_change"] = {"kind": kind, "until": until, "revision": new_uuid()}


def pending_until(record: Record) -> float:
    """Until when a function is Pending, and may not be invoked; 0 when it isn't."""
    change = record.get("_change")
    return float(change["until"]) if change and change["kind"] == _CREATING else 0.0


def record_at(record: Record, now: float | None) -> Record:
    """The record as it is at a time; None: while the latest change is under way."""
    change = record.get("_change")
    if change is None or (now is not None and now >= change["until"]):
        return record
    shown = record | {"RevisionId": change["revision"]}
    if change["kind"] == _CREATING:
        shown |= {"State": "Pending", "StateReason": _REASON, "StateReasonCode": "Creating"}
        shown.pop("LastUpdateStatus", None)
    else:
        # AWS: updates are said to create the function, too.
        shown |= {
            "LastUpdateStatus": "InProgress",
            "LastUpdateStatusReason": _REASON,
            "LastUpdateStatusReasonCode": "Creating",
        }
    return shown


def check_settled(record: Record, arn: str, now: float) -> None:
    """Raise ResourceConflictException while a change is under way."""
    change = record.get("_change")
    if change is None or now >= change["until"]:
        return
    if change["kind"] == _CREATING:
        raise ResourceConflictException(
            "The operation cannot be performed at this time. The function is currently in the following state: Pending",
            Type="User",
        )
    raise ResourceConflictException(
        f"The operation cannot be performed at this time. An update is in progress for resource: {arn}", Type="User"
    )
