"""Changing tables: rows of a table come, change and go together with its streams and its housekeeping."""

from datetime import datetime, timedelta

import msgspec

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.dynamodb.jobs.backups import part_with_items
from serein.services.dynamodb.lineage import first_shard
from serein.services.dynamodb.mirroring import is_mirroring, mirrored, with_own_overrides
from serein.services.dynamodb.store import chores, policies, shards, streams
from serein.services.dynamodb.store import tables as rows
from serein.services.dynamodb.tables import StreamDefinition, Table, TableDefinition, stream_label
from serein.services.dynamodb.vectors.upkeep import owe_changes, owe_sweeping


def create(tx: Transaction, scope: Scope, definition: TableDefinition) -> Table:
    """Store a new table, and its stream."""
    if definition.stream is not None:
        definition = _with_started_stream(tx, scope, definition, definition.stream)
    rows.append_table(tx, scope, definition)
    return rows.replace_definition(tx, definition)


def replace(tx: Transaction, scope: Scope, old: TableDefinition, new: TableDefinition) -> Table:
    """Store a table's new definition, and bring its replicas into line with it.

    Streams start and end; the work on indexes that come and go is owed.
    """
    if is_mirroring(new):
        new = with_own_overrides(old, new)
    table = _replace(tx, scope, old, new)
    mirror(tx, table)
    return table


def mirror(tx: Transaction, table: Table) -> list[Table]:
    """Give a table's settings to its replicas. Returns those replicas."""
    if not is_mirroring(table.definition):
        return []
    found = [(replica, rows.find_table_by_id(tx, replica.id)) for replica in table.replicas]
    return [
        _replace(tx, replica.scope, other.definition, mirrored(table.definition, other.definition, replica))
        for replica, other in found
        if other is not None
    ]


def _replace(tx: Transaction, scope: Scope, old: TableDefinition, new: TableDefinition) -> Table:
    if new.stream is not old.stream:
        if old.stream is not None:
            _end_stream(tx, old.stream)
        if new.stream is not None:
            new = _with_started_stream(tx, scope, new, new.stream)
    kept = {index.id for index in new.indexes}
    had = {index.id for index in old.indexes if not index.is_allocating}
    for index in old.indexes:
        if index.id not in kept:
            chores.append_chore(tx, "sweep-index", index.id, old.id)
            policies.delete_insight(tx, old.id, index.name)
    for index in new.indexes:
        if index.id not in had and not index.is_allocating:
            chores.append_chore(tx, "fill-index", index.id, old.id)
    owe_changes(tx, old, new)
    return rows.replace_definition(tx, new)


def delete(tx: Transaction, definition: TableDefinition) -> None:
    """Remove a table: its name is free at once, its items and entries go in the background."""
    if definition.stream is not None:
        _end_stream(tx, definition.stream)
    rows.delete_table(tx, definition.id)
    part_with_items(tx, definition)
    for index in definition.indexes:
        chores.append_chore(tx, "sweep-index", index.id, definition.id)
    owe_sweeping(tx, definition)
    if any(not index.is_global for index in definition.indexes):
        chores.append_chore(tx, "sweep-collections", definition.id, definition.id)
    policies.delete_policy(tx, definition.arn)
    policies.delete_insights(tx, definition.id)


def changed(definition: TableDefinition, **members: object) -> TableDefinition:
    """A definition with some members replaced."""
    return msgspec.structs.replace(definition, **members)


def _with_started_stream(
    tx: Transaction, scope: Scope, definition: TableDefinition, stream: StreamDefinition
) -> TableDefinition:
    """Store a definition's new stream, under a label that no stream of a table of that name has had."""
    while streams.find_stream(tx, stream.arn) is not None:
        label = stream_label(datetime.fromisoformat(stream.label) + timedelta(milliseconds=1))
        stream = msgspec.structs.replace(stream, label=label, arn=f"{definition.arn}/stream/{label}")
    described = {
        "label": stream.label,
        "view_type": stream.view_type,
        "key_schema": definition.key_schema,
        "created_at": tx.now,
    }
    text = msgspec.json.encode(described).decode()
    streams.append_stream(tx, scope, stream.id, definition.name, stream.arn, text)
    shards.append_shard(tx, stream.id, first_shard(tx.now))
    tx.wake(streams.TOPIC)
    return changed(definition, stream=stream)


def _end_stream(tx: Transaction, stream: StreamDefinition) -> None:
    streams.end_stream(tx, stream.id)
    policies.delete_policy(tx, stream.arn)
    tx.wake(f"dynamodb:stream:{stream.arn}")
    tx.wake(streams.TOPIC)
