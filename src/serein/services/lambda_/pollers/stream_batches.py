"""Batches of stream records, in lanes; and the tumbling windows that records fall into."""

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import msgspec

from serein.services.lambda_.event_invokes import iso_time
from serein.services.lambda_.pollers.invoking import MOST_EVENT_BYTES
from serein.services.lambda_.pollers.stream_sources import Record, StreamSource

encode = msgspec.json.Encoder().encode
_ROOM_BYTES = 1_100_000
"""For the state of a window beside the records, and what frames them."""
MOST_STATE_BYTES = 1_048_576


@dataclass(slots=True)
class Window:
    """A tumbling window, open: the time that it is for, and what the function has made of its records."""

    start: float
    state: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Batch:
    """Records that are sent together; none for the last invocation of a window."""

    records: list[Record]
    attempts: int = 0
    """How often it has failed."""
    window: float | None = None
    """The start of the window that the records are in."""
    is_final: bool = False
    is_early: bool = False
    """Whether the window ends before its time."""


@dataclass(slots=True)
class Lane:
    """Batches that are sent one after another. All records of a key are in one lane."""

    number: int
    batches: deque[Batch]
    not_before: float = 0.0
    refusals: int = 0
    """How often in a row the function could not be invoked at all."""


@dataclass(frozen=True, slots=True)
class Cutter:
    """How records become batches."""

    source: StreamSource
    lanes: int
    batch_size: int
    window_seconds: int
    """Of tumbling windows; 0 when there are none."""

    def share_out(self, records: list[Record]) -> dict[int, list[Record]]:
        """Records by lanes, in order in each."""
        if self.lanes == 1:
            return {0: records} if records else {}
        shares: dict[int, list[Record]] = {}
        for record in records:
            shares.setdefault(crc32(self.source.key_of(record)) % self.lanes, []).append(record)
        return shares

    def batches(self, records: list[Record]) -> Iterator[Batch]:
        """Batches that are no larger than they may be, each within one window."""
        most = MOST_EVENT_BYTES - (_ROOM_BYTES if self.window_seconds else 64)
        batch = Batch([])
        size = 0
        for record in records:
            window, record_bytes = self.window_of(record), len(encode(record)) + 1
            is_full = len(batch.records) >= self.batch_size or size + record_bytes > most
            if batch.records and (is_full or window != batch.window):
                yield batch
                batch, size = Batch([]), 0
            batch.window = window
            batch.records.append(record)
            size += record_bytes
        if batch.records:
            yield batch

    def window_of(self, record: Record) -> float | None:
        """The start of the window that a record is in.

        AWS: by its time of arrival, counted from the epoch
        (https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-windows.html).
        """
        if not self.window_seconds:
            return None
        return self.source.arrived_at(record) // self.window_seconds * self.window_seconds

    def restore(self, records: list[Record], pending: list[list[Any]]) -> Iterator[Batch]:
        """The batches that were pending: `[first sequence number, last one, attempts]` each."""
        for first, last, attempts in pending:
            low, high = int(first), int(last)
            chosen = [record for record in records if low <= int(self.source.sequence_of(record)) <= high]
            if chosen:
                yield Batch(chosen, attempts, self.window_of(chosen[0]))

    def pending(self, lane: Lane) -> list[list[Any]]:
        """What `restore` takes."""
        sequence_of = self.source.sequence_of
        return [
            [sequence_of(batch.records[0]), sequence_of(batch.records[-1]), batch.attempts]
            for batch in lane.batches
            if batch.records
        ]


def event_of(batch: Batch, window: Window | None, seconds: int, shard_id: str, source_arn: str) -> bytes:
    """The event of a batch."""
    event: dict[str, Any] = {"Records": batch.records}
    if window is not None:
        event |= {
            "window": {"start": _second(window.start), "end": _second(window.start + seconds)},
            "state": window.state,
            "shardId": shard_id,
            "eventSourceARN": source_arn,
            "isFinalInvokeForWindow": batch.is_final,
            "isWindowTerminatedEarly": batch.is_early,
        }
    return encode(event)


def _second(seconds: float) -> str:
    return iso_time(seconds)[:-5] + "Z"


def find_state(payload: bytes) -> dict[str, Any] | None:
    """The state that a reply gives, or None when it gives none, which AWS takes for a failure."""
    try:
        reply: Any = json.loads(payload)
    except ValueError:
        return None
    state = reply.get("state") if isinstance(reply, dict) else None
    return state if isinstance(state, dict) else None
