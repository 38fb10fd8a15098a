"""What is done bit by bit after a request has been answered: filling new indexes, sweeping what was deleted.

The kinds of chores: `fill-index`, `fill-expiries` and `fill-replica` go through a table's items from the chore's key
on; `sweep-table` and `sweep-index` remove rows of what is gone.
"""

from collections.abc import Callable

from serein.kernel.database import Transaction
from serein.services.dynamodb.expiry import find_expiry, is_expired
from serein.services.dynamodb.images import Image
from serein.services.dynamodb.keys import Key, find_index_key
from serein.services.dynamodb.lifecycle import changed
from serein.services.dynamodb.membership import fill_replica
from serein.services.dynamodb.store import chores, expiries, items
from serein.services.dynamodb.store.chores import Chore
from serein.services.dynamodb.store.expiries import Expiry
from serein.services.dynamodb.store.tables import find_table_by_id, replace_definition
from serein.services.dynamodb.tablechanges import changed_index
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.values import Item, decode_item
from serein.services.dynamodb.vectors.upkeep import FILL, SWEEP, fill_vectors, sweep_vectors
from serein.services.dynamodb.writes import write

_CHUNK = 500


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
    rows = items.items_after(tx, table.id, chore.key, _CHUNK)
    for pk, sk, body in rows:
        visit(decode_item(body), Key(pk, sk))
    if len(rows) == _CHUNK:
        chores.advance_chore(tx, chore, Key(rows[-1][0], rows[-1][1]))
        return False
    chores.remove_chore(tx, chore)
    return True


def _sweep_table(tx: Transaction, chore: Chore) -> None:
    keys = items.keys_of(tx, chore.id, _CHUNK)
    items.delete_keys(tx, chore.id, keys)
    if len(keys) < _CHUNK:
        chores.remove_chore(tx, chore)


def _sweep_index(tx: Transaction, chore: Chore) -> None:
    entries = items.entries_of(tx, chore.id, _CHUNK)
    for pk, sk, item_pk, item_sk in entries:
        items.delete_entry(tx, chore.id, Key(pk, sk), Key(item_pk, item_sk))
    if len(entries) < _CHUNK:
        chores.remove_chore(tx, chore)


_CHORES: dict[str, Callable[[Transaction, Chore], object]] = {
    "fill-index": _fill_index,
    "fill-expiries": _fill_expiries,
    "fill-replica": fill_replica,
    "sweep-table": _sweep_table,
    "sweep-index": _sweep_index,
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
