"""History events as lines of CloudWatch Logs.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

_FATAL = frozenset({"ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut"})
_ERROR_ENDINGS = ("Failed", "Aborted", "TimedOut")
_DATA = frozenset({"input", "output", "parameters", "assignedVariables"})
_MOST_BYTES = 248 * 1024
_STREAM_LETTERS = 8
_PLAIN = frozenset({"timestamp", "type", "id", "previousEventId"})


def is_logged(event_type: str, level: str) -> bool:
    """Whether events of a type are logged at a level."""
    if level == "ALL":
        return True
    if level == "ERROR":
        return event_type.endswith(_ERROR_ENDINGS) or event_type == "FailStateEntered"
    return level == "FATAL" and event_type in _FATAL


def lines_of(
    execution_arn: str, redrive_count: int, events: Iterable[Mapping[str, Any]], logging: Mapping[str, Any]
) -> list[list[Any]]:
    """`[seconds, text]` for each event that a logging configuration wants."""
    level, has_data = logging["level"], logging["includeExecutionData"]
    return [
        [event["timestamp"], _text(execution_arn, redrive_count, event, has_data)]
        for event in events
        if is_logged(event["type"], level)
    ]


def stream_name(machine_name: str, revision_id: str, now: float) -> str:
    """The log stream of an hour: `states/NAME/2022-08-24-16/7a175237`."""
    hour = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%d-%H")
    return f"states/{machine_name}/{hour}/{revision_id[:_STREAM_LETTERS]}"


def _text(execution_arn: str, redrive_count: int, event: Mapping[str, Any], has_data: bool) -> str:
    details: dict[str, Any] = next((event[member] for member in event if member not in _PLAIN), {})
    if has_data:
        details = _shortened(details)
    else:
        details = {member: value for member, value in details.items() if member not in _DATA}
    line = {
        "id": str(event["id"]),
        "type": event["type"],
        "details": details,
        "previous_event_id": str(event.get("previousEventId", 0)),
        "event_timestamp": str(int(event["timestamp"] * 1000)),
        "execution_arn": execution_arn,
        "redrive_count": str(redrive_count),
    }
    return msgspec.json.encode(line).decode()


def _shortened(details: dict[str, Any]) -> dict[str, Any]:
    """AWS: input and output are cut at 248 KB, which their details tell."""
    found = details
    for member in ("input", "output"):
        text = details.get(member)
        if text is not None and len(text) * 4 > _MOST_BYTES and len(encoded := text.encode()) > _MOST_BYTES:
            cut = encoded[:_MOST_BYTES].decode(errors="ignore")
            found = {**found, member: cut, f"{member}Details": {"truncated": True}}
    return found
