"""The history of a durable execution: its events, and what is shown of them.

AWS: https://docs.aws.amazon.com/lambda/latest/api/API_Event.html
"""

from typing import Any

Happening = dict[str, Any]
"""An event in AWS's shape, without its EventId, with all its data."""

_ABOUT = ("Id", "Name", "ParentId", "SubType")
_DATA = ("Input", "Result", "Error", "Reason")


def happening(name: str, record: dict[str, Any], now: float, details: dict[str, Any]) -> Happening:
    """An event about an operation, or about the execution when `record` is its operation."""
    event: dict[str, Any] = {key: record[key] for key in _ABOUT if key in record}
    return {"EventType": name, "EventTimestamp": now, **event, f"{name}Details": details}


def invocation_completed(started_at: float, now: float, request_id: str, error: dict[str, Any] | None) -> Happening:
    details: dict[str, Any] = {"StartTimestamp": started_at, "EndTimestamp": now, "RequestId": request_id}
    if error is not None:
        details["Error"] = {"Payload": error}
    return happening("InvocationCompleted", {}, now, details)


def shown(event: Happening, *, with_data: bool) -> Happening:
    """An event for a reader; without its data those members say that they are truncated."""
    member = f"{event['EventType']}Details"
    details = dict(event[member])
    for key in _DATA:
        if key in details:
            details[key] = {**details[key], "Truncated": False} if with_data else {"Truncated": True}
    return {**event, member: details}
