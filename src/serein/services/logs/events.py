"""Log events: what PutLogEvents accepts, how events are named, and the tokens that page through a stream."""

import itertools
from dataclasses import dataclass
from typing import Any

from serein.services.logs.errors import InvalidParameterException
from serein.services.logs.groups import DAY_MS

MAXIMUM_BATCH_BYTES = 1_048_576
EVENT_OVERHEAD_BYTES = 26
_OLDEST_MS = 14 * DAY_MS
_NEWEST_MS = 2 * 3_600_000
_STREAM_DIGITS = 19
_SEQUENCE_DIGITS = 24


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to append; its message is UTF-8."""

    timestamp_ms: int
    message: bytes


@dataclass(frozen=True, slots=True)
class Accepted:
    """What of a PutLogEvents batch is stored, and what AWS says of the rest."""

    events: list[NewEvent]
    rejected: dict[str, int]


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as stored; (timestamp, stream, sequence) orders the events of a group."""

    stream_id: int
    timestamp_ms: int
    sequence: int
    ingested_ms: int
    message: str

    @property
    def event_id(self) -> str:
        """AWS's 56 digits, ascending in time."""
        return f"{self.timestamp_ms:013d}{self.stream_id:0{_STREAM_DIGITS}d}{self.sequence:0{_SEQUENCE_DIGITS}d}"


def parse_batch(events: list[dict[str, Any]], now: float, retention_days: int) -> Accepted:
    """Apply PutLogEvents' rules for batches. Raises InvalidParameterException.

    AWS: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
    """
    parsed = [NewEvent(event["timestamp"], event["message"].encode()) for event in events]
    _check_sizes(parsed)
    for earlier, later in itertools.pairwise(parsed):
        if later.timestamp_ms < earlier.timestamp_ms:
            raise InvalidParameterException(
                "Log events in a single PutLogEvents request must be in chronological order."
            )
    if parsed[-1].timestamp_ms - parsed[0].timestamp_ms > DAY_MS:
        raise InvalidParameterException(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
        )
    now_ms = int(now * 1000)
    too_old = _index_from(parsed, now_ms - _OLDEST_MS)
    expired = _index_from(parsed, now_ms - retention_days * DAY_MS) if retention_days else 0
    too_new = _index_from(parsed, now_ms + _NEWEST_MS + 1)
    rejected: dict[str, int] = {}
    if too_new < len(parsed):
        rejected["tooNewLogEventStartIndex"] = too_new
    if too_old:
        rejected["tooOldLogEventEndIndex"] = too_old
    if expired:
        rejected["expiredLogEventEndIndex"] = expired
    return Accepted(parsed[max(too_old, expired) : too_new], rejected)


def _check_sizes(events: list[NewEvent]) -> None:
    total = 0
    for event in events:
        size = len(event.message) + EVENT_OVERHEAD_BYTES
        if size > MAXIMUM_BATCH_BYTES:
            raise InvalidParameterException(f"Log event too large: {size} bytes exceeds limit of {MAXIMUM_BATCH_BYTES}")
        total += size
    if total > MAXIMUM_BATCH_BYTES:
        raise InvalidParameterException(f"Upload too large: {total} bytes exceeds limit of {MAXIMUM_BATCH_BYTES}")


def _index_from(events: list[NewEvent], timestamp_ms: int) -> int:
    """The index of the first event at or after a time."""
    for index, event in enumerate(events):
        if event.timestamp_ms >= timestamp_ms:
            return index
    return len(events)


@dataclass(frozen=True, slots=True)
class Position:
    """A place between events of one stream: after the event with this time and sequence, or before it."""

    timestamp_ms: int
    sequence: int


def stream_token(direction: str, position: Position) -> str:
    """GetLogEvents' token: `f/…/s` goes on after a position, `b/…/s` goes back before it."""
    return f"{direction}/{position.timestamp_ms:013d}{position.sequence:043d}/s"


def parse_stream_token(token: str) -> tuple[str, Position]:
    """The direction and position of a token. Raises InvalidParameterException."""
    parts = token.split("/")
    if (
        len(parts) != 3
        or parts[0] not in ("f", "b")
        or parts[2] != "s"
        or len(parts[1]) != 56
        or not parts[1].isascii()
        or not parts[1].isdigit()
        or int(parts[1][13:]) >= 1 << 63
    ):
        raise InvalidParameterException("The specified nextToken is invalid.")
    return parts[0], Position(int(parts[1][:13]), int(parts[1][13:]))
