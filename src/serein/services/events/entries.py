"""Entries of PutEvents: their checks, and the events they become.

AWS: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

from datetime import UTC, datetime
from typing import Any

import msgspec

from serein.kernel.ids import new_uuid
from serein.kernel.scope import Scope
from serein.services.events.errors import ValidationException

MAXIMUM_BYTES = 1_048_576
MOST_ENTRIES = 10
_TIME_BYTES = 14
Refusal = dict[str, str]
"""ErrorCode and ErrorMessage of an entry."""

encode = msgspec.json.encode
_decode = msgspec.json.Decoder().decode


def require_few(entries: list[dict[str, Any]]) -> None:
    """Raises ValidationException. AWS: the message shows the entries as its own code has them."""
    if 1 <= len(entries) <= MOST_ENTRIES:
        return
    shown = ", ".join(f"PutEventsRequestEntry({_java_text(entry)})" for entry in entries)
    bound = f"less than or equal to {MOST_ENTRIES}" if entries else "greater than or equal to 1"
    raise ValidationException(
        f"1 validation error detected: Value '[{shown}]' at 'entries' failed to satisfy constraint: "
        f"Member must have length {bound}"
    )


def _java_text(entry: dict[str, Any]) -> str:
    resources = entry.get("Resources")
    values = {
        "time": entry.get("Time"),
        "source": entry.get("Source"),
        "resources": None if resources is None else f"[{', '.join(resources)}]",
        "detailType": entry.get("DetailType"),
        "detail": entry.get("Detail"),
        "eventBusName": entry.get("EventBusName"),
        "traceHeader": entry.get("TraceHeader"),
        "kmsKeyIdentifier": None,
        "internalMetadata": None,
    }
    return ", ".join(f"{name}={'null' if value is None else value}" for name, value in values.items())


def require_small(entries: list[dict[str, Any]]) -> None:
    """Raises ValidationException. AWS: the limit is on all entries of a request together."""
    size = 0
    for entry in entries:
        size += _TIME_BYTES if "Time" in entry else 0
        size += sum(len(entry.get(member, "").encode()) for member in ("Source", "DetailType", "Detail"))
        size += sum(len(resource.encode()) for resource in entry.get("Resources", ()))
    if size > MAXIMUM_BYTES:
        raise ValidationException("Total size of the entries in the request is over the limit.")


def find_refusal(entry: dict[str, Any], *, may_be_aws: bool) -> Refusal | None:
    """What is wrong with an entry, besides its detail."""
    for member in ("Source", "DetailType", "Detail"):
        if not entry.get(member):
            return refusal(
                "InvalidArgument", f"Parameter {member} is not valid. Reason: {member} is a required argument."
            )
    if entry["Source"].startswith("aws.") and not may_be_aws:
        return refusal("NotAuthorizedForSourceException", "Not authorized for the source.")
    return None


def refusal(code: str, message: str) -> Refusal:
    return {"ErrorCode": code, "ErrorMessage": message}


def parse_event(entry: dict[str, Any], scope: Scope, now: float) -> dict[str, Any] | None:
    """The event that an entry becomes; None when its detail is not an object."""
    try:
        detail = _decode(entry["Detail"])
    except (msgspec.DecodeError, RecursionError):
        return None
    if not isinstance(detail, dict):
        return None
    return {
        "version": "0",
        "id": new_uuid(),
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": scope.account,
        "time": time_text(entry.get("Time", now)),
        "region": scope.region,
        "resources": entry.get("Resources", []),
        "detail": detail,
    }


def time_text(seconds: float) -> str:
    """A time as events have it: UTC, in whole seconds."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def time_of(event: dict[str, Any]) -> float:
    """When an event happened, in seconds since the epoch."""
    return datetime.fromisoformat(event["time"]).timestamp()


def scheduled_event(scope: Scope, rule_arn: str, due_at: float) -> dict[str, Any]:
    """What the targets of a scheduled rule get."""
    return {
        "version": "0",
        "id": new_uuid(),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": scope.account,
        "time": time_text(due_at),
        "region": scope.region,
        "resources": [rule_arn],
        "detail": {},
    }
