"""The state of a table at a moment, read in chunks while the table goes on being written."""

from typing import NamedTuple

from serein.kernel.database import Transaction
from serein.services.dynamodb.jobs.records import Moment
from serein.services.dynamodb.keys import Key
from serein.services.dynamodb.store import history
from serein.services.dynamodb.store.history import Version


class Bounds(NamedTuple):
    """How much one transaction reads: items, changes of items, and bytes of items (and the item that exceeds them)."""

    items: int
    versions: int = 1000
    size_bytes: int = 1024 * 1024


class State(NamedTuple):
    """An item as it was at a moment."""

    key: Key
    body: bytes
    size: int


class Chunk(NamedTuple):
    """Part of a table at a moment, in order of keys. `last` is the key to go on after, or None at the end."""

    states: list[State]
    last: Key | None


def read_chunk(tx: Transaction, items_id: int, moment: Moment | None, after: Key, bounds: Bounds) -> Chunk:
    """Read items that follow a key.

    Call it in a write transaction: PostgreSQL then sees to it that no change which belongs to an earlier moment is
    committed later. `moment` is None for a set of items that doesn't change.
    """
    last = _last_key(tx, items_id, after, bounds)
    if moment is None:
        rows = history.bodies_between(tx, items_id, after, last)
        return Chunk([State(Key(pk, sk), body, size) for pk, sk, body, size in rows], last)
    undone, last = first_versions(tx, items_id, moment, after, last, bounds)
    states = [
        State(Key(pk, sk), body, size)
        for pk, sk, body, size in history.bodies_between(tx, items_id, after, last)
        if (pk, sk) not in undone
    ]
    for key, version in undone.items():
        body = history.body_before(tx, items_id, key, version.seq)
        if body:
            states.append(State(key, body, version.size))
    states.sort(key=lambda state: state.key)
    return Chunk(states, last)


def _last_key(tx: Transaction, items_id: int, after: Key, bounds: Bounds) -> Key | None:
    """The last key of a chunk of current items; None when they all fit."""
    rows = history.sizes_after(tx, items_id, after, bounds.items)
    total = 0
    for at, (pk, sk, size) in enumerate(rows):
        total += size
        if total > bounds.size_bytes and at < len(rows) - 1:
            return Key(pk, sk)
    return Key(rows[-1][0], rows[-1][1]) if len(rows) == bounds.items else None


def first_versions(
    tx: Transaction, items_id: int, moment: Moment, after: Key, last: Key | None, bounds: Bounds
) -> tuple[dict[Key, Version], Key | None]:
    """The earliest change after a moment of each key in a range, and the end of the range that was gone through."""
    rows = history.versions_after(tx, items_id, after, last, bounds.versions)
    is_cut = len(rows) == bounds.versions
    found: dict[Key, Version] = {}
    total = 0
    for row in rows:
        key = Key(row.pk, row.sk)
        if key not in found and moment.is_before(row.epoch, row.changed_at):
            found[key] = row
            total += row.size
            if total > bounds.size_bytes or len(found) == bounds.items:
                return found, key
    if not is_cut:
        return found, last
    key = Key(rows[-1].pk, rows[-1].sk)
    if key not in found and (version := find_later_version(tx, items_id, moment, rows[-1])) is not None:
        found[key] = version
    return found, key


def find_later_version(tx: Transaction, items_id: int, moment: Moment, known: Version) -> Version | None:
    """Return a key's earliest change after a moment, or None; `known` is one before it.

    Why by halves: a key may have been written a million times, and a transaction is to be short. The changes of a key
    are numbered without gaps, and their epochs and times never decrease.
    """
    key = Key(known.pk, known.sk)
    low, high = known.seq, history.last_seq(tx, items_id, key)
    found = history.find_version(tx, items_id, key, high) if high > low else None
    if found is None or not moment.is_before(found.epoch, found.changed_at):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        version = history.find_version(tx, items_id, key, middle)
        if version is None or not moment.is_before(version.epoch, version.changed_at):
            low = middle
        else:
            high, found = middle, version
    return found
