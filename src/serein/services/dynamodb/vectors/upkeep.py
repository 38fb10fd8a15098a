"""Keeping vector indexes up with their table: with each write, when they are new, and when they are gone."""

from typing import Any

import msgspec

from serein.kernel.clock import monotonic
from serein.kernel.database import Transaction
from serein.services.dynamodb.keys import Key
from serein.services.dynamodb.store import chores, items, vectors
from serein.services.dynamodb.store.chores import Chore
from serein.services.dynamodb.store.tables import find_table_by_id, replace_definition
from serein.services.dynamodb.tables import Table, TableDefinition
from serein.services.dynamodb.values import Item, decode_item
from serein.services.dynamodb.vectors.indexes import VectorIndex, find_entry, is_same_entry

FILL, SWEEP = "fill-vectors", "sweep-vectors"
_NUMBERS_AT_ONCE = 50_000
"""About 20 ms of the writers' time: vectors are stored as decimal numbers, which have to be read."""
_STEP, _SECONDS = 16, 0.015
"""Rows between two looks at the clock, and how long a transaction goes on with a chore."""


def keep_up(tx: Transaction, table: Table, key: Key, old: Item | None, new: Item | None) -> None:
    """Bring the entries of an item into line with a change of it."""
    for index in table.vectors:
        if old is not None and new is not None and is_same_entry(index, old, new):
            continue
        was = find_entry(index, old) if old is not None else None
        becomes = find_entry(index, new) if new is not None else None
        if was is not None and (becomes is None or was.pk != becomes.pk):
            vectors.delete_vector(tx, index.id, was.pk, key)
        if becomes is not None and becomes != was:
            vectors.put_vector(tx, index.id, becomes, key)


def put_entries(tx: Transaction, table: Table, key: Key, item: Item) -> None:
    """Add an item of a table that is being filled to its vector indexes."""
    keep_up(tx, table, key, None, item)


def items_at_once(indexes: tuple[VectorIndex, ...], most: int) -> int:
    """How many items can be added to vector indexes in one transaction, and no more than `most`."""
    numbers = sum(index.dimensions for index in indexes)
    return max(1, min(most, _NUMBERS_AT_ONCE // numbers)) if numbers else most


def owe_changes(tx: Transaction, old: TableDefinition, new: TableDefinition) -> None:
    """Have new vector indexes filled and the entries of gone ones swept."""
    if old.vectors == new.vectors:
        return
    had, kept = {index.id for index in old.vectors}, {index.id for index in new.vectors}
    for id in had - kept:
        chores.append_chore(tx, SWEEP, id, old.id)
    for id in kept - had:
        chores.append_chore(tx, FILL, id, old.id)


def owe_sweeping(tx: Transaction, definition: TableDefinition) -> None:
    """Have the entries of a deleted table's vector indexes swept."""
    for index in definition.vectors:
        chores.append_chore(tx, SWEEP, index.id, definition.id)


def fill_vectors(tx: Transaction, chore: Chore) -> None:
    """Add the next items to a new index. AWS: those whose vectors don't fit stay out of it."""
    table = find_table_by_id(tx, chore.table_id)
    index = next((one for one in table.vectors if one.id == chore.id), None) if table else None
    if table is None or index is None:
        chores.remove_chore(tx, chore)
        return
    key, until = chore.key, monotonic() + _SECONDS
    while monotonic() < until:
        rows = items.items_after(tx, table.id, key, _STEP)
        for pk, sk, body in rows:
            key = Key(pk, sk)
            entry = find_entry(index, decode_item(body))
            if entry is not None:
                vectors.put_vector(tx, index.id, entry, key)
        if len(rows) < _STEP:
            _end_filling(tx, table, index, chore)
            return
    chores.advance_chore(tx, chore, key)


def _end_filling(tx: Transaction, table: Table, index: VectorIndex, chore: Chore) -> None:
    chores.remove_chore(tx, chore)
    filled = [_changed(one, is_backfilling=False) if one.id == index.id else one for one in table.definition.vectors]
    replace_definition(tx, _changed(table.definition, vectors=filled))


def sweep_vectors(tx: Transaction, chore: Chore) -> None:
    """Remove some of the entries of an index that is gone."""
    until = monotonic() + _SECONDS
    while monotonic() < until:
        places = vectors.vector_places(tx, chore.id, _STEP)
        for pk, item_pk, item_sk in places:
            vectors.delete_vector(tx, chore.id, pk, Key(item_pk, item_sk))
        if len(places) < _STEP:
            chores.remove_chore(tx, chore)
            return


def _changed(definition: Any, **members: object) -> Any:
    return msgspec.structs.replace(definition, **members)
