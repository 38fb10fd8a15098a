"""What is done bit by bit after a request has been answered: filling new indexes, sweeping what was deleted.

The kinds of chores: `fill-index`, `fill-expiries` and `fill-replica` go through a table's items from the chore's key
on; `sweep-table`, `sweep-index` and `sweep-collections` remove rows of what is gone. A transaction does as much as it
can in a few milliseconds, which is how long writers may have to wait for it.
"""

from collections.abc import Callable
from typing import TypeVar

from serein.kernel.clock import monotonic
from serein.kernel.database import Transaction
from serein.services.dynamodb.expiry import find_expiry, is_expired
from serein.services.dynamodb.images import Image
from serein.services.dynamodb.keys import Key, find_index_key
from serein.services.dynamodb.lifecycle import changed
from serein.services.dynamodb.membership import fill_replica
from serein.services.dynamodb.store import chores, collections, expiries, items
from serein.services.dynamodb.store.chores import Chore
from serein.services.dynamodb.store.expiries import Expiry
from serein.services.dynamodb.store.tables import find_table_by_id, replace_definition
from serein.services.dynamodb.tablechanges import changed_index
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.values import Item, decode_item
from serein.services.dynamodb.vectors.upkeep import FILL, SWEEP, fill_vectors, sweep_vectors
from serein.services.dynamodb.writes import write

_CHUNK = 500
_STEP = 16
"""Rows between two looks at the clock: a few megabytes at most."""
_SECONDS = 0.008
_T = TypeVar("_T")


def do_some(tx: Transaction) -> bool:
    """Do a part of a chore; False when there is none."""
    chore = chores.find_chore(tx)
    if chore is None:
        return False
    _CHORES[chore.kind](tx, chore)
    return True


def _fill_index(tx: Transaction, chore: Chore) -> None:
    table = find_table_by_id(tx, chore.table_id)
    index = next((one for one in table.indexes if one.id == chore.id), None) if table else None
    if table is None or index is None:
        chores.remove_chore(tx, chore)
        return
    schema, index_id = index.key, index.id

    def add(item: Item, key: Key) -> None:
        entry = find_index_key(item, schema)
        if entry is not None:
            items.put_entry(tx, index_id, entry, key)

    if _go_through(tx, table, chore, add):
        definition = table.definition
        indexes = [
            changed_index(one, is_backfilling=False) if one.id == index_id else one for one in definition.indexes
        ]
        replace_definition(tx, changed(definition, indexes=indexes))


def _fill_expiries(tx: Transaction, chore: Chore) -> None:
    table = find_table_by_id(tx, chore.table_id)
    if table is None or not table.ttl_attribute:
        chores.remove_chore(tx, chore)
        return
    attribute, table_id = table.ttl_attribute, table.id

    def note(item: Item, key: Key) -> None:
        expires_at = find_expiry(item, attribute)
        if expires_at is not None:
            expiries.put_expiry(tx, Expiry(expires_at, table_id, key))

    if _go_through(tx, table, chore, note):
        tx.wake(expiries.TOPIC)


def _go_through(tx: Transaction, table: Table, chore: Chore, visit: Callable[[Item, Key], None]) -> bool:
    """Visit the next items of a table; True, and the chore is gone, after the last."""
    key, until = chore.key, monotonic() + _SECONDS
    while monotonic() < until:
        rows = items.items_after(tx, table.id, key, _STEP)
        for pk, sk, body in rows:
            key = Key(pk, sk)
            visit(decode_item(body), key)
        if len(rows) < _STEP:
            chores.remove_chore(tx, chore)
            return True
    chores.advance_chore(tx, chore, key)
    return False


def _sweep(tx: Transaction, chore: Chore, find: Callable[[int], list[_T]], remove: Callable[[_T], None]) -> None:
    """Remove rows; the chore is gone after the last."""
    until = monotonic() + _SECONDS
    while monotonic() < until:
        found = find(_STEP)
        for row in found:
            remove(row)
        if len(found) < _STEP:
            chores.remove_chore(tx, chore)
            return


def _sweep_table(tx: Transaction, chore: Chore) -> None:
    _sweep(
        tx,
        chore,
        lambda limit: items.keys_of(tx, chore.id, limit),
        lambda key: items.delete_item(tx, chore.id, key),
    )


def _sweep_index(tx: Transaction, chore: Chore) -> None:
    _sweep(
        tx,
        chore,
        lambda limit: items.entries_of(tx, chore.id, limit),
        lambda row: items.delete_entry(tx, chore.id, Key(row[0], row[1]), Key(row[2], row[3])),
    )


def _sweep_collections(tx: Transaction, chore: Chore) -> None:
    _sweep(
        tx,
        chore,
        lambda limit: collections.collections_of(tx, chore.id, limit),
        lambda pk: collections.delete_collection(tx, chore.id, pk),
    )


_CHORES: dict[str, Callable[[Transaction, Chore], object]] = {
    "fill-index": _fill_index,
    "fill-expiries": _fill_expiries,
    "fill-replica": fill_replica,
    "sweep-table": _sweep_table,
    "sweep-index": _sweep_index,
    "sweep-collections": _sweep_collections,
    FILL: fill_vectors,
    SWEEP: sweep_vectors,
}


def expire_some(tx: Transaction) -> bool:
    """Remove items whose time has come; False when none is left."""
    due = [expiry for expiry in expiries.first_expiries(tx, _CHUNK) if expiry.expires_at <= tx.now]
    for expiry in due:
        expiries.delete_expiry(tx, expiry)
        table = find_table_by_id(tx, expiry.table_id)
        row = items.find_item(tx, expiry.table_id, expiry.key) if table and table.ttl_attribute else None
        if table is not None and row is not None:
            image = Image(*row)
            if is_expired(image.item, table.ttl_attribute, tx.now):
                write(tx, table, expiry.key, image, None, by_ttl=True)
    return len(due) == _CHUNK


def next_expiry(tx: Transaction) -> float | None:
    """When the next item may expire, or None."""
    first = expiries.first_expiries(tx, 1)
    return first[0].expires_at if first else None
