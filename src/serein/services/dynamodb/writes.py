"""Writing one item, and everything that follows from it, in one transaction.

PutItem, UpdateItem, DeleteItem, the batches, the transactions and the expiry of items all write through here. A table
with neither indexes nor a stream nor expiry costs one statement, and one more when the old item matters.
"""

from dataclasses import replace

from serein.kernel.database import Transaction
from serein.kernel.operation import Encoded
from serein.services.dynamodb.errors import ConditionalCheckFailedException
from serein.services.dynamodb.expiry import find_expiry
from serein.services.dynamodb.expressions.conditions import Test
from serein.services.dynamodb.images import Image
from serein.services.dynamodb.itemcollections import count_change
from serein.services.dynamodb.keys import Key, find_index_key, require_index_key_fits
from serein.services.dynamodb.multikeys import require_sizes
from serein.services.dynamodb.recording import append_change
from serein.services.dynamodb.replicas import LEGACY, marked
from serein.services.dynamodb.store import expiries, history, items
from serein.services.dynamodb.store.expiries import Expiry
from serein.services.dynamodb.store.tables import find_table_by_id
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.values import Item, equal_items
from serein.services.dynamodb.vectors.indexes import require_entry_fits
from serein.services.dynamodb.vectors.upkeep import keep_up


def find_image(tx: Transaction, table: Table, key: Key) -> Image | None:
    """Return the item with a key, or None."""
    row = items.find_item(tx, table.id, key)
    return None if row is None else Image(*row)


def require_condition(test: Test, before: Image | None, *, shows_item: bool) -> None:
    """Check a condition on an item. Raises ConditionalCheckFailedException, with the item when that was asked for."""
    if test(before.item if before else {}):
        return
    refusal = ConditionalCheckFailedException()
    if before is not None:
        refusal.size_bytes = before.size
        if shows_item:
            refusal.fields["Item"] = Encoded(before.body)
    raise refusal


def require_index_keys(table: Table, item: Item) -> None:
    """Check what an item to be put has as keys of indexes. Raises ValidationException."""
    for name, kind, index_name, is_hash in table.index_keys:
        value = item.get(name)
        if value is not None:
            require_index_key_fits(name, kind, value, index_name, is_hash=is_hash)
    for schema in table.multiple_keys:
        require_sizes(item, schema)
    for index in table.vectors:
        require_entry_fits(index, item)


def write(
    tx: Transaction,
    table: Table,
    key: Key,
    before: Image | None,
    after: Image | None,
    *,
    by_ttl: bool = False,
    is_replicated: bool = False,
) -> None:
    """Store an item, or with `after` None remove it, and keep up indexes, stream, expiry and replicas.

    `before` must be right when the table is observed; otherwise it may be left out. `is_replicated` says that the
    write comes from another replica.
    """
    if table.replicas and not is_replicated:
        after = _write_replicas(tx, table, key, before, after)
    if after is not None:
        items.put_item(tx, table.id, key, after.body, after.size)
    else:
        items.delete_item(tx, table.id, key)
    if table.is_observed and (before or after):
        _write_consequences(tx, table, key, before, after, by_ttl=by_ttl)


def _write_replicas(tx: Transaction, table: Table, key: Key, before: Image | None, after: Image | None) -> Image | None:
    """Write an item to the other replicas; returns it as this one has to hold it."""
    replication = table.definition.replication
    if after is not None and replication is not None and replication.version == LEGACY:
        after = marked(after, table.arn.split(":", 4)[3], tx.now)
    for replica in table.replicas:
        other = find_table_by_id(tx, replica.id)
        if other is None:
            continue
        own = find_image(tx, other, key)
        if own is None and before is not None and replica.is_copying:
            copy_item(tx, other, key, before)
            own = before
        # AWS: a deletion by time to live has no userIdentity in the streams of the other replicas.
        write(tx, other, key, own, after, is_replicated=True)
    return after


def copy_item(tx: Transaction, table: Table, key: Key, image: Image) -> None:
    """Store an item that a new replica does not have yet. It is none of the changes that the stream tells of."""
    write(tx, replace(table, is_streamed=False), key, None, image, is_replicated=True)


def _write_consequences(
    tx: Transaction, table: Table, key: Key, before: Image | None, after: Image | None, *, by_ttl: bool
) -> None:
    if table.keeps_history:
        size, body = (before.size, before.body) if before else (0, b"")
        history.append_version(tx, table.id, key, table.definition.epoch, size, body)
        if not (table.indexes or table.vectors or table.is_streamed or table.ttl_attribute):
            return
    old, new = (before.item if before else None), (after.item if after else None)
    if table.indexes:
        _write_entries(tx, table, key, old, new)
    if table.has_collections:
        count_change(tx, table, key, before, after)
    if table.vectors:
        keep_up(tx, table, key, old, new)
    if table.ttl_attribute:
        _write_expiry(tx, table, key, old, new)
    if table.is_streamed and not (old is not None and new is not None and equal_items(old, new)):
        append_change(tx, table, key, before, after, by_ttl=by_ttl)


def _write_entries(tx: Transaction, table: Table, key: Key, old: Item | None, new: Item | None) -> None:
    for index in table.indexes:
        was = find_index_key(old, index.key) if old is not None else None
        becomes = find_index_key(new, index.key) if new is not None else None
        if was != becomes:
            if was is not None:
                items.delete_entry(tx, index.id, was, key)
            if becomes is not None:
                items.put_entry(tx, index.id, becomes, key)


def _write_expiry(tx: Transaction, table: Table, key: Key, old: Item | None, new: Item | None) -> None:
    was = find_expiry(old, table.ttl_attribute) if old is not None else None
    becomes = find_expiry(new, table.ttl_attribute) if new is not None else None
    if was == becomes:
        return
    if was is not None:
        expiries.delete_expiry(tx, Expiry(was, table.id, key))
    if becomes is not None:
        expiries.put_expiry(tx, Expiry(becomes, table.id, key))
        tx.wake(expiries.TOPIC)
