"""Telling of a change: the record in the table's stream, and what is owed to its Kinesis streams."""

import hashlib

from serein.kernel.database import Delivery, Policy, Target, Transaction
from serein.kernel.errors import InternalFailure
from serein.services.dynamodb.changes import encode_kinesis_record, encode_record
from serein.services.dynamodb.images import Image
from serein.services.dynamodb.keys import Key
from serein.services.dynamodb.lineage import SPLIT_AFTER, number_of, place_of, shard_for
from serein.services.dynamodb.store import shards, streams
from serein.services.dynamodb.tables import StreamDefinition, Table

_POLICY = Policy(
    maximum_attempts=50,
    backoff_seconds=(1, 2, 4, 8, 16, 32, 60, 120, 300, 600, 1800, 3600),
    maximum_age_seconds=24 * 3600,
    retries_sender_faults=True,
)
"""For data streams: a day, as long as DynamoDB Streams keeps records."""


def append_change(
    tx: Transaction, table: Table, key: Key, before: Image | None, after: Image | None, *, by_ttl: bool
) -> None:
    """Add a record of what happened to an item to everything that follows the table."""
    if table.stream is not None:
        _append_record(tx, table, table.stream, key, before, after, by_ttl=by_ttl)
    for destination in table.destinations:
        data = encode_kinesis_record(table, destination.precision, tx.now, before, after, by_ttl=by_ttl)
        # AWS: records of an item have the same key, which tells nothing else.
        partition_key = hashlib.md5(key.pk + key.sk, usedforsecurity=False).hexdigest().upper()
        request = {"StreamARN": destination.arn, "Data": data, "PartitionKey": partition_key}
        tx.send(Delivery(Target("kinesis", "PutRecord", destination.scope), request, _POLICY))


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
    sequence = _next_sequence(tx, stream, key)
    record = encode_record(table, stream.view_type, sequence, tx.now, before, after, by_ttl=by_ttl)
    streams.append_record(tx, stream.id, sequence, record)
    tx.wake(f"dynamodb:stream:{stream.arn}")
    place = place_of(sequence)
    if place == 1:
        shards.note_first_record(tx, stream.id, number_of(sequence))
        tx.wake(shards.TOPIC)
    elif place == SPLIT_AFTER:
        tx.wake(shards.TOPIC)


def _next_sequence(tx: Transaction, stream: StreamDefinition, key: Key) -> int:
    sequence = shards.find_next_sequence(tx, stream.id, shard_for(key.pk, stream.shards))
    if sequence is None:
        # Why: a definition that was read before a shard was closed may have been stored after it.
        opened = sorted((shard.low, shard.number) for shard in shards.shards_of(tx, stream.id) if not shard.closed_at)
        sequence = shards.find_next_sequence(tx, stream.id, shard_for(key.pk, opened))
    if sequence is None:
        raise InternalFailure(f"stream {stream.arn} has no open shard")
    return sequence
