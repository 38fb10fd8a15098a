"""Tables that have to keep their history, or the items that they had, while a job reads them."""

from msgspec.structs import replace as changed

from serein.kernel.database import Transaction
from serein.services.dynamodb.jobs.records import Moment
from serein.services.dynamodb.store import chores, history, jobs
from serein.services.dynamodb.store.tables import find_table_by_id, replace_definition
from serein.services.dynamodb.tables import TableDefinition


def hold(tx: Transaction, definition: TableDefinition, job_id: int) -> None:
    """Have a table keep its history until the job has released it."""
    history.put_history(tx, definition.id)
    replace_definition(tx, changed(definition, holds=[*definition.holds, job_id]))


def cut(tx: Transaction, definition: TableDefinition, job_id: int) -> Moment:
    """Have a table keep its history for a job that reads the table as it is now. Returns that moment.

    Writers read the definition in their transactions, so a change belongs either to the snapshot or to the new epoch.
    """
    epoch = definition.epoch + 1
    hold(tx, changed(definition, epoch=epoch), job_id)
    return Moment(epoch=epoch)


def release(tx: Transaction, items_id: int, job_id: int) -> None:
    """A job has read what it needed. Its row is closed or gone already."""
    table = find_table_by_id(tx, items_id)
    if table is not None:
        definition = table.definition
        if job_id in definition.holds:
            replace_definition(tx, changed(definition, holds=[one for one in definition.holds if one != job_id]))
    elif not jobs.is_read(tx, items_id) and not jobs.is_backed_up(tx, items_id):
        chores.append_chore(tx, "sweep-table", items_id, items_id)
    tx.wake(history.TOPIC)
