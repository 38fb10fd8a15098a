"""History: one row for the events of each step, and one for each large text that events have in common.

A state's output is the next one's input, and a task's parameters may be both: an execution that hands a large document
on writes it once, however many states it passes.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from serein.kernel.database import Transaction

Event = dict[str, Any]
_decode: Callable[[bytes], list[Event]] = msgspec.json.Decoder(list[dict[str, Any]]).decode
_encode = msgspec.json.encode
_LARGE_BYTES, _LONG_TEXT = 4096, 1024
_TEXTS = "$texts"
"""The member of a stored event that says which of its texts are elsewhere: `[[details, member, digest], …]`."""
_DETAILS = "EventDetails"
_ROWS = 32


def append_events(tx: Transaction, execution_id: int, events: list[Event]) -> None:
    """Add what a step adds; the events are numbered on from the step before."""
    content = _encode(events)
    if len(content) > _LARGE_BYTES:
        content = _encode(_shortened(tx, execution_id, events))
    tx.run(
        "INSERT INTO stepfunctions_history (execution_id, last_id, events) VALUES (:execution_id, :last_id, :events)",
        execution_id=execution_id,
        last_id=events[-1]["id"],
        events=content,
    )


def _shortened(tx: Transaction, execution_id: int, events: list[Event]) -> list[Event]:
    """Copies of the events without their long texts, which are put elsewhere."""
    known: dict[str, str] = {}
    return [_without(tx, execution_id, event, known) for event in events]


def _without(tx: Transaction, execution_id: int, event: Event, known: dict[str, str]) -> Event:
    found = list(_long_texts(event))
    if not found:
        return event
    texts = [(key, member, _put_text(tx, execution_id, text, known)) for key, member, text in found]
    shortened = {**event, _TEXTS: texts}
    for key, member, _ in found:
        shortened[key] = {**shortened[key], member: ""}
    return shortened


def _long_texts(event: Event) -> Iterator[tuple[str, str, str]]:
    for key, details in event.items():
        if key.endswith(_DETAILS):
            for member, text in details.items():
                if isinstance(text, str) and len(text) > _LONG_TEXT:
                    yield key, member, text


def _put_text(tx: Transaction, execution_id: int, text: str, known: dict[str, str]) -> str:
    digest = known.get(text)
    if digest is None:
        content = text.encode()
        digest = known[text] = hashlib.blake2b(content, digest_size=16).hexdigest()
        tx.run(
            "INSERT INTO stepfunctions_texts (execution_id, digest, content) VALUES (:execution_id, :digest, :content)"
            " ON CONFLICT (execution_id, digest) DO NOTHING",
            execution_id=execution_id,
            digest=digest,
            content=content,
        )
    return digest


class _Reader:
    """Reads the events of one execution; texts that several have are read once."""

    def __init__(self, tx: Transaction, execution_id: int) -> None:
        self._tx = tx
        self._execution_id = execution_id
        self._texts: dict[str, str] = {}

    def rows(self, condition: str, bound: int) -> list[tuple[int, list[Event]]]:
        """Up to `_ROWS` rows as their last event's number and their events."""
        rows = self._tx.all(
            f"SELECT last_id, events FROM stepfunctions_history WHERE execution_id = :execution_id AND {condition}"
            " LIMIT :limit",
            execution_id=self._execution_id,
            bound=bound,
            limit=_ROWS,
        )
        return [(last_id, _decode(bytes(events))) for last_id, events in rows]

    def whole(self, event: Event) -> Event:
        """The event with its long texts."""
        for key, member, digest in event.pop(_TEXTS, ()):
            if digest not in self._texts:
                row = self._tx.one(
                    "SELECT content FROM stepfunctions_texts WHERE execution_id = :execution_id AND digest = :digest",
                    execution_id=self._execution_id,
                    digest=digest,
                )
                self._texts[digest] = "" if row is None else bytes(row[0]).decode()
            event[key][member] = self._texts[digest]
        return event


def list_events(tx: Transaction, execution_id: int, first: int, limit: int) -> list[Event]:
    """Up to `limit` events from the number `first` on."""
    reader, found = _Reader(tx, execution_id), list[Event]()
    while len(found) < limit:
        rows = reader.rows("last_id >= :bound ORDER BY last_id", first)
        for last_id, events in rows:
            found += [event for event in events if event["id"] >= first]
            first = last_id + 1
        if len(rows) < _ROWS:
            break
    return [reader.whole(event) for event in found[:limit]]


def list_events_back(tx: Transaction, execution_id: int, last: int, limit: int) -> list[Event]:
    """Up to `limit` events from the number `last` down."""
    row = tx.one(
        "SELECT min(last_id) FROM stepfunctions_history WHERE execution_id = :execution_id AND last_id >= :last",
        execution_id=execution_id,
        last=last,
    )
    reader, found = _Reader(tx, execution_id), list[Event]()
    until = row[0] if row else None
    while until is not None and len(found) < limit:
        rows = reader.rows("last_id <= :bound ORDER BY last_id DESC", until)
        for last_id, events in rows:
            found += [event for event in reversed(events) if event["id"] <= last]
            until = last_id - 1
        if len(rows) < _ROWS:
            break
    return [reader.whole(event) for event in found[:limit]]
