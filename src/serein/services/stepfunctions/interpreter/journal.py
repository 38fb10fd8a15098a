"""The history events of one run, in AWS's form, numbered on from what came before."""

from typing import Any

TRUNCATED = {"truncated": False}
MOST_EVENTS = 25_000
"""AWS: an execution with more events fails."""


class Journal:
    """Appends events; `last_id` is the last one's number."""

    __slots__ = ("events", "last_id", "now")

    def __init__(self, last_id: int, now: float) -> None:
        self.last_id = last_id
        self.now = now
        self.events: list[dict[str, Any]] = []

    def append(self, type: str, previous: int, key: str = "", details: dict[str, Any] | None = None) -> int:
        """Add an event and return its number; `key` is the member that holds its details."""
        self.last_id += 1
        event: dict[str, Any] = {
            "timestamp": self.now,
            "type": type,
            "id": self.last_id,
            "previousEventId": previous,
        }
        if key:
            event[key] = details
        self.events.append(event)
        return self.last_id

    def previous_of(self, event_id: int) -> int:
        """What an event of this pass follows; an event of an earlier pass itself."""
        for event in reversed(self.events):
            if event["id"] == event_id:
                return int(event["previousEventId"])
        return event_id

    def take_over(self, event: dict[str, Any], previous: int) -> int:
        """Add an event that has only its type and its details; return its number."""
        self.last_id += 1
        numbers = {"timestamp": self.now, "type": event["type"], "id": self.last_id, "previousEventId": previous}
        self.events.append({**numbers, **event})
        return self.last_id


def failure_details(error: str | None, cause: str | None) -> dict[str, Any]:
    """The members that say why something failed."""
    details = {}
    if error is not None:
        details["error"] = error
    if cause is not None:
        details["cause"] = cause
    return details
