"""The history of an execution as a table."""

from collections.abc import Iterable, Mapping
from typing import Any

_PLAIN = frozenset({"timestamp", "type", "id", "previousEventId"})
_LONGEST_TEXT = 60
_FAILURES = ("Failed", "TimedOut", "Aborted")


def rows_of(events: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, str, str, str]]:
    """Number, seconds since the beginning, event, state and what is told of each event."""
    rows = []
    states: dict[int, str] = {}
    begun_at = None
    for event in events:
        begun_at = event["timestamp"] if begun_at is None else begun_at
        details: Mapping[str, Any] = next((event[member] for member in event if member not in _PLAIN), {})
        state = _state_of(event, details, states)
        states[event["id"]] = state
        seconds = (event["timestamp"] - begun_at).total_seconds()
        rows.append((str(event["id"]), f"+{seconds:.3f}", event["type"], state, _told(event["type"], details)))
    return rows


def is_failure(event_type: str) -> bool:
    return event_type.endswith(_FAILURES)


def shortened(text: str) -> str:
    """A text on one line, which it fills at most."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_TEXT else f"{line[: _LONGEST_TEXT - 1]}…"


def _state_of(event: Mapping[str, Any], details: Mapping[str, Any], states: Mapping[int, str]) -> str:
    """The state that an event is of: its own, or that of the event before it."""
    kind = event["type"]
    if kind.endswith(("StateEntered", "StateExited")) or kind.startswith("MapIteration"):
        return str(details.get("name", ""))
    return "" if kind.startswith("Execution") else states.get(event.get("previousEventId", 0), "")


def _told(kind: str, details: Mapping[str, Any]) -> str:
    if "error" in details or "cause" in details:
        return shortened(": ".join(filter(None, (details.get("error"), details.get("cause")))))
    if kind.startswith("MapIteration"):
        return f"item {details.get('index', 0)}"
    if "resource" in details and kind.endswith(("Scheduled", "Submitted")):
        service = details.get("resourceType")
        return shortened(f"{service}:{details['resource']}" if service else str(details["resource"]))
    if "mapRunArn" in details:
        return str(details["mapRunArn"]).rpartition(":")[2]
    if "length" in details:
        return f"{details['length']} items"
    for member in ("output", "input"):
        if member in details:
            return shortened(str(details[member]))
    return ""
