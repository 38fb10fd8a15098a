"""What became of a table's items between two times, for incremental exports."""

import math
from typing import NamedTuple

from serein.kernel.database import Transaction
from serein.services.dynamodb.jobs.exportformats import Change
from serein.services.dynamodb.jobs.records import Moment
from serein.services.dynamodb.jobs.snapshots import Bounds, find_later_version, first_versions
from serein.services.dynamodb.keys import Key, KeySchema
from serein.services.dynamodb.store import history, items
from serein.services.dynamodb.store.history import Version
from serein.services.dynamodb.values import decode_item

_CHUNK = Bounds(200)


class Changes(NamedTuple):
    """Part of the changes, in order of keys. `last` is the key to go on after, or None at the end."""

    changes: list[Change]
    size_bytes: int
    last: Key | None


class Span(NamedTuple):
    """From a time, which belongs to it, to a time that doesn't."""

    since: float
    until: float
    with_old_images: bool


def read_changes(tx: Transaction, items_id: int, schema: KeySchema, span: Span, after: Key) -> Changes:
    """Read some changes of items that follow a key. Call it in a write transaction."""
    before = Moment(at=math.nextafter(span.since, -math.inf))
    found, last = first_versions(tx, items_id, before, after, None, _CHUNK)
    changes, size = [], 0
    for version in found.values():
        if version.changed_at < span.until and (change := _change(tx, items_id, schema, span, version)) is not None:
            changes.append(change)
            size += len(change.old) + len(change.new)
    return Changes(changes, size, last)


def _change(tx: Transaction, items_id: int, schema: KeySchema, span: Span, first: Version) -> Change | None:
    """What became of an item whose first change in the span is given; None for one that came and went.

    AWS: an item that is inserted and deleted within the time is left out.
    """
    key = Key(first.pk, first.sk)
    later = find_later_version(tx, items_id, Moment(at=math.nextafter(span.until, -math.inf)), first)
    latest_seq = later.seq - 1 if later is not None else history.last_seq(tx, items_id, key)
    latest = history.find_version(tx, items_id, key, latest_seq) or first
    old = history.body_before(tx, items_id, key, first.seq)
    if later is not None:
        new = history.body_before(tx, items_id, key, later.seq)
    else:
        current = items.find_item(tx, items_id, key)
        new = b"" if current is None else current[0]
    if not old and not new:
        return None
    item = decode_item(new or old)
    keys = {name: item[name] for name in schema.names}
    return Change(keys, round(latest.changed_at * 1_000_000), old if span.with_old_images else b"", new)
