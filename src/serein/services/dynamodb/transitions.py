"""Tables that come, change and go as slowly as on AWS, where that is wanted: `SEREIN_LIFECYCLE=realistic`.

A table's new definition is stored at once, marked with what is still going on; a row says when that is over. Filling
an index is work, whose time is its own.
"""

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.dynamodb import lifecycle
from serein.services.dynamodb.errors import ResourceInUseException
from serein.services.dynamodb.lifecycle import changed
from serein.services.dynamodb.quotas import require_calm
from serein.services.dynamodb.store import transitions as rows
from serein.services.dynamodb.store.tables import find_table_by_id, replace_definition
from serein.services.dynamodb.tablechanges import changed_index
from serein.services.dynamodb.tables import IndexDefinition, Table, TableDefinition
from serein.services.dynamodb.vectors.changes import is_building, with_used_attributes

CREATING_SECONDS = 8.0
UPDATING_SECONDS = 6.0
ALLOCATING_SECONDS = 10.0
"""How long resources are allocated for a new index, before it is filled."""
DELETING_SECONDS = 6.0
_CHUNK = 20


def create_slowly(tx: Transaction, scope: Scope, definition: TableDefinition) -> Table:
    """Store a new table that is being created. Raises LimitExceededException."""
    require_calm(tx, scope)
    table = lifecycle.create(tx, scope, changed(definition, status="CREATING"))
    rows.put_transition(tx, scope, definition.id, tx.now + CREATING_SECONDS)
    return table


def change_slowly(tx: Transaction, scope: Scope, old: TableDefinition, new: TableDefinition) -> Table:
    """Store a table's new definition; the table is being updated. Raises LimitExceededException."""
    require_calm(tx, scope)
    new = _marked(old, new)
    table = lifecycle.replace(tx, scope, old, new)
    is_growing = any(index.is_allocating for index in new.indexes)
    rows.put_transition(tx, scope, old.id, tx.now + (ALLOCATING_SECONDS if is_growing else UPDATING_SECONDS))
    return table


def delete_slowly(tx: Transaction, scope: Scope, definition: TableDefinition) -> None:
    """Mark a table as being deleted. Raises LimitExceededException."""
    require_calm(tx, scope)
    current = find_table_by_id(tx, definition.id)
    replace_definition(tx, changed(current.definition if current else definition, status="DELETING"))
    rows.put_transition(tx, scope, definition.id, tx.now + DELETING_SECONDS)


def require_undisturbed(definition: TableDefinition) -> None:
    """Check that a table isn't being created or changed, so that it can be deleted. Raises ResourceInUseException.

    AWS: nor may an index be filled meanwhile
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html).
    """
    doing = {"CREATING": "created", "UPDATING": "updated"}.get(definition.status, "")
    if not doing and is_building(definition):
        doing = "updated"
    if doing:
        raise ResourceInUseException(
            f"Attempt to change a resource which is still in use: Table is being {doing}: {definition.name}"
        )


def settle_some(tx: Transaction) -> None:
    """Finish what is due."""
    for table_id, scope in rows.due_transitions(tx, _CHUNK):
        rows.remove_transition(tx, table_id)
        table = find_table_by_id(tx, table_id)
        if table is not None:
            _settle(tx, scope, table.definition)


def _settle(tx: Transaction, scope: Scope, definition: TableDefinition) -> None:
    if definition.status == "DELETING":
        lifecycle.delete(tx, definition)
        return
    indexes = [
        changed_index(index, is_allocating=False, is_updating=False)
        for index in definition.indexes
        if not index.is_leaving
    ]
    settled = changed(definition, status="ACTIVE", is_encrypting=False, is_warming=False, indexes=indexes)
    if len(indexes) < len(definition.indexes):
        settled = with_used_attributes(settled)
    lifecycle.replace(tx, scope, definition, settled)


def _marked(old: TableDefinition, new: TableDefinition) -> TableDefinition:
    """A new definition with marks on what is still to come, change or go."""
    before = {index.id: index for index in old.indexes}
    kept = {index.id for index in new.indexes}
    leaving = [changed_index(index, is_leaving=True) for index in old.indexes if index.id not in kept]
    return changed(
        new,
        status="UPDATING",
        is_encrypting=old.sse != new.sse,
        is_warming=_throughput_of(old) != _throughput_of(new),
        attributes={**old.attributes, **new.attributes} if leaving else new.attributes,
        indexes=[*(_marked_index(before.get(index.id), index) for index in new.indexes), *leaving],
    )


def _throughput_of(definition: TableDefinition) -> tuple[object, ...]:
    """What the table's warm throughput follows from. AWS: it is being updated when that changes, not otherwise."""
    return definition.billing, definition.throughput, definition.on_demand, definition.warm


def _marked_index(before: IndexDefinition | None, index: IndexDefinition) -> IndexDefinition:
    if before is None:
        return changed_index(index, is_allocating=True)
    is_same = before.throughput == index.throughput and before.on_demand == index.on_demand
    return index if is_same else changed_index(index, is_updating=True)
