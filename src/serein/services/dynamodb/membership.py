"""Replicas that join and leave global tables of version 2019.11.21, and the copying of what was there before them."""

from datetime import UTC, datetime

import msgspec

from serein.kernel.arn import arn_of
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.scope import Scope
from serein.services.dynamodb import lifecycle
from serein.services.dynamodb.definitions import new_id
from serein.services.dynamodb.errors import ResourceInUseException, ValidationException
from serein.services.dynamodb.images import Image
from serein.services.dynamodb.jobs.bulk import require_no_bulk_operation
from serein.services.dynamodb.keys import Key
from serein.services.dynamodb.lifecycle import changed
from serein.services.dynamodb.mirroring import mirrored
from serein.services.dynamodb.quotas import require_room
from serein.services.dynamodb.replicachanges import (
    ReplicaChange,
    already_exists,
    invalid,
    require_growing,
    require_member,
    require_shrinking,
    with_overrides,
)
from serein.services.dynamodb.replicas import CURRENT, EVENTUAL, LEGACY, STRONG, ReplicaDefinition, Replication
from serein.services.dynamodb.store import chores, items
from serein.services.dynamodb.store.chores import Chore
from serein.services.dynamodb.store.globaltables import remove_regions
from serein.services.dynamodb.store.tables import find_table, find_table_by_id, replace_definition
from serein.services.dynamodb.tables import StreamDefinition, Table, TableDefinition, stream_label
from serein.services.dynamodb.writes import copy_item

_CHUNK = 250
_SOURCE_SECONDS = 24 * 3600
_START = Key(b"", b"")


def change_replicas(tx: Transaction, scope: Scope, table: Table, change: ReplicaChange, *, is_gradual: bool) -> Table:
    """Change the global table that a table is to be, or is, a replica of. Returns the table.

    Raises AWS's errors. `is_gradual` leaves the copying to the housekeeper even when it is little.
    """
    definition = table.definition
    require_settled(definition)
    if change.is_protected is not None:
        _require_eventual(definition)
        return replace_definition(tx, changed(definition, may_leave=not change.is_protected))
    if change.leaves:
        return _disassociate(tx, definition)
    if change.update is not None:
        return _update(tx, scope, definition, change)
    if change.deletes or change.old_witness:
        return _remove(tx, definition, change)
    return _add(tx, scope, table, change, is_gradual=is_gradual)


def require_settled(definition: TableDefinition) -> None:
    """Check that no replica is being added. Raises ResourceInUseException."""
    if any(member.is_copying for member in _members(definition)):
        raise ResourceInUseException(
            f"Attempt to change a resource which is still in use: Table is being updated: {definition.name}"
        )


def _members(definition: TableDefinition) -> list[ReplicaDefinition]:
    return definition.replication.members if definition.replication else []


def _require_eventual(definition: TableDefinition) -> Replication:
    replication = definition.replication
    if replication is None or replication.version != CURRENT or replication.consistency == STRONG:
        raise invalid(
            "The table is not a replica of a global table of version 2019.11.21 with MultiRegionConsistency EVENTUAL"
        )
    return replication


def _add(tx: Transaction, scope: Scope, table: Table, change: ReplicaChange, *, is_gradual: bool) -> Table:
    definition = table.definition
    require_growing(definition, change)
    if change.consistency == STRONG and items.keys_of(tx, table.id, 1):
        raise invalid("The table must be empty to become a global table with MultiRegionConsistency STRONG")
    replication = definition.replication or Replication(
        CURRENT, [ReplicaDefinition(definition.id, definition.arn)], change.consistency, change.new_witness
    )
    if definition.stream is None and change.consistency == EVENTUAL:
        # AWS: replication reads the stream, which is switched on when the first replica is added.
        definition = changed(definition, stream=_new_stream(definition.arn, tx.now))
    added = [_new_member(tx, scope, definition, action) for action in change.creates]
    replication = msgspec.structs.replace(replication, members=[*replication.members, *added])
    source = changed(definition, replication=replication, replicated_at=tx.now, status="UPDATING")
    for member in added:
        lifecycle.create(tx, member.scope, _new_replica(source, member, tx.now))
        chores.append_chore(tx, "fill-replica", member.id, source.id)
    found = lifecycle.replace(tx, scope, table.definition, source)
    if not is_gradual:
        for member in added:
            found = fill_replica(tx, Chore("fill-replica", member.id, source.id, _START)) or found
    return found


def _new_member(
    tx: Transaction, scope: Scope, definition: TableDefinition, action: dict[str, str]
) -> ReplicaDefinition:
    there = Scope(scope.account, action["RegionName"])
    require_no_bulk_operation(tx, scope, definition)
    if find_table(tx, there, definition.name) is not None:
        raise already_exists(definition.name)
    require_room(tx, there)
    if definition.sse and "KMSMasterKeyId" in definition.sse and "KMSMasterKeyId" not in action:
        raise invalid("KMSMasterKeyId must be specified for the replica of a table that has one")
    arn = arn_of("dynamodb", there, f"table/{definition.name}")
    return with_overrides(ReplicaDefinition(new_id(), arn, is_copying=True), action, definition)


def _new_replica(source: TableDefinition, member: ReplicaDefinition, now: float) -> TableDefinition:
    # AWS: with strong consistency every replica has, or has not, a stream of its own.
    has_stream = source.replication is not None and source.replication.consistency == EVENTUAL
    empty = TableDefinition(
        id=member.id,
        table_id=new_uuid(),
        name=source.name,
        arn=member.arn,
        created_at=now,
        attributes=source.attributes,
        key_schema=source.key_schema,
        stream=_new_stream(member.arn, now) if has_stream else None,
        status="CREATING",
        counts_collections=True,
    )
    replica = mirrored(source, empty, member)
    indexes = [msgspec.structs.replace(index, is_backfilling=False) for index in replica.indexes]
    vectors = [msgspec.structs.replace(index, is_backfilling=False) for index in replica.vectors]
    return changed(replica, indexes=indexes, vectors=vectors)


def _new_stream(table_arn: str, now: float) -> StreamDefinition:
    label = stream_label(datetime.fromtimestamp(now, UTC))
    return StreamDefinition(new_id(), f"{table_arn}/stream/{label}", label, "NEW_AND_OLD_IMAGES")


def fill_replica(tx: Transaction, chore: Chore) -> Table | None:
    """Copy the next items to a new replica. Returns the source once all are there, and the chore is gone.

    What is written meanwhile is written to the replica as well: an item that it has is never older than the source's.
    """
    source, target = find_table_by_id(tx, chore.table_id), find_table_by_id(tx, chore.id)
    if source is None or target is None:
        chores.remove_chore(tx, chore)
        return None
    rows = items.items_after(tx, source.id, chore.key, _CHUNK)
    for pk, sk, body in rows:
        key = Key(pk, sk)
        if items.find_item(tx, target.id, key) is None:
            row = items.find_item(tx, source.id, key)
            copy_item(tx, target, key, Image(body, row[1] if row else 0))
    if len(rows) == _CHUNK:
        chores.advance_chore(tx, chore, Key(rows[-1][0], rows[-1][1]))
        return None
    chores.remove_chore(tx, chore)
    return _settle(tx, source, target.id)


def _settle(tx: Transaction, source: Table, id: int) -> Table | None:
    """A replica has all items: it and, when it was the last, its source are ready."""
    replication = source.definition.replication
    if replication is None:
        return None
    members = [
        msgspec.structs.replace(member, is_copying=False) if member.id == id else member
        for member in replication.members
    ]
    settled = msgspec.structs.replace(replication, members=members)
    is_copying = any(member.is_copying for member in members)
    found = None
    for member in members:
        table = find_table_by_id(tx, member.id)
        if table is not None:
            status = table.definition.status
            if member.id == id or (member.id == source.id and status == "UPDATING" and not is_copying):
                status = "ACTIVE"
            found = replace_definition(tx, changed(table.definition, replication=settled, status=status))
    return find_table_by_id(tx, source.id) if found else None


def _update(tx: Transaction, scope: Scope, definition: TableDefinition, change: ReplicaChange) -> Table:
    action = change.update or {}
    member = require_member(definition, action["RegionName"])
    replication = _require_current(definition)
    updated = with_overrides(member, action, definition)
    members = [updated if one.id == member.id else one for one in replication.members]
    new = changed(definition, replication=msgspec.structs.replace(replication, members=members))
    table = replace_definition(tx, new)
    lifecycle.mirror(tx, table)
    return table


def _require_current(definition: TableDefinition) -> Replication:
    replication = definition.replication
    if replication is None or replication.version != CURRENT:
        raise invalid("The table is not a replica of a global table of version 2019.11.21")
    return replication


def _remove(tx: Transaction, definition: TableDefinition, change: ReplicaChange) -> Table:
    require_shrinking(definition, change)
    gone = [require_member(definition, region) for region in change.deletes]
    for member in gone:
        table = find_table_by_id(tx, member.id)
        if table is not None:
            require_unprotected(table.definition)
            require_no_source(table.definition, tx.now)
            lifecycle.delete(tx, table.definition)
    _leave(tx, definition, {member.id for member in gone})
    return replace_definition(tx, _current(tx, definition))


def _current(tx: Transaction, definition: TableDefinition) -> TableDefinition:
    table = find_table_by_id(tx, definition.id)
    return definition if table is None else table.definition


def _disassociate(tx: Transaction, definition: TableDefinition) -> Table:
    _require_eventual(definition)
    if not definition.may_leave:
        raise invalid(
            "The replica cannot be disassociated as it is protected against disassociation. "
            "Set DisassociationProtectionEnabled to false first"
        )
    return leave(tx, definition)


def leave(tx: Transaction, definition: TableDefinition) -> Table:
    """Take a table out of its global table. It keeps its items; returns it as it is then."""
    _leave(tx, definition, {definition.id})
    return replace_definition(tx, changed(definition, replication=None, replicated_at=None, may_leave=False))


def _leave(tx: Transaction, definition: TableDefinition, gone: set[int]) -> None:
    """Take replicas out of a global table; one that is left alone is an ordinary table again."""
    replication = definition.replication
    if replication is None:
        return
    members = [member for member in replication.members if member.id not in gone]
    left: Replication | None = msgspec.structs.replace(replication, members=members)
    if len(members) == 1 and replication.version == CURRENT:
        left = None
    if replication.version == LEGACY:
        regions = [member.region for member in replication.members if member.id in gone]
        remove_regions(tx, definition.arn.split(":", 5)[4], definition.name, regions)
    for member in members:
        table = find_table_by_id(tx, member.id)
        if table is not None:
            may_leave = table.definition.may_leave and left is not None
            replace_definition(tx, changed(table.definition, replication=left, may_leave=may_leave))


def require_unprotected(definition: TableDefinition) -> None:
    """Check that a table may be deleted. Raises ValidationException."""
    if definition.is_protected:
        raise ValidationException(
            "Resource cannot be deleted as it is currently protected against deletion. "
            "Disable deletion protection first."
        )


def require_no_source(definition: TableDefinition, now: float) -> None:
    """Check that a replica isn't one that others were made from lately. Raises ValidationException.

    AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    since = definition.replicated_at
    if definition.replication is not None and since is not None and now - since < _SOURCE_SECONDS:
        raise ValidationException(
            "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the "
            "table in the last 24 hours."
        )


def leave_before_deletion(tx: Transaction, definition: TableDefinition) -> None:
    """Take a table that is to be deleted out of its global table. Raises AWS's errors when it has to stay."""
    replication = definition.replication
    if replication is None:
        return
    require_settled(definition)
    if replication.consistency == STRONG:
        raise invalid(
            "A replica of a global table with MultiRegionConsistency STRONG cannot be deleted on its own: remove the "
            "other replicas and the witness by UpdateTable first"
        )
    require_no_source(definition, tx.now)
    _leave(tx, definition, {definition.id})
