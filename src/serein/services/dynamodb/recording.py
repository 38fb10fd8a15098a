"""Telling of a change: the record in the table's stream, and what is owed to its Kinesis streams."""

from serein.kernel.database import Transaction
from serein.services.dynamodb.changes import encode_record
from serein.services.dynamodb.images import Image
from serein.services.dynamodb.keys import Key
from serein.services.dynamodb.lineage import SPLIT_AFTER, place_of, shard_for
from serein.services.dynamodb.store import shards, streams
from serein.services.dynamodb.tables import StreamDefinition, Table


def append_change(
    tx: Transaction, table: Table, key: Key, before: Image | None, after: Image | None, *, by_ttl: bool
) -> None:
    """Add a record of what happened to an item to everything that follows the table."""
    if table.stream is not None:
        _append_record(tx, table, table.stream, key, before, after, by_ttl=by_ttl)


def _append_record(
    tx: Transaction,
    table: Table,
    stream: StreamDefinition,
    key: Key,
    before: Image | None,
    after: Image | None,
    *,
    by_ttl: bool,
) -> None:
    number = shard_for(key.pk, stream.shards)
    sequence = shards.next_sequence(tx, stream.id, number)
    record = encode_record(table, stream.view_type, sequence, tx.now, before, after, by_ttl=by_ttl)
    streams.append_record(tx, stream.id, sequence, record)
    tx.wake(f"dynamodb:stream:{stream.arn}")
    place = place_of(sequence)
    if place == 1:
        shards.note_first_record(tx, stream.id, number)
        tx.wake(shards.TOPIC)
    elif place == SPLIT_AFTER:
        tx.wake(shards.TOPIC)
