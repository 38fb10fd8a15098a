"""Filling backups and restored tables: a chunk a transaction, together with the note of how far the job has got.

The end is a transaction of its own. Why: it changes the definition of the table that is read, which every writer
reads. PostgreSQL could not order such a transaction among busy writers if it had read their items too.
"""

from functools import partial
from typing import Any

from msgspec.structs import replace as changed

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.services.dynamodb.images import Image
from serein.services.dynamodb.itemcollections import count_change
from serein.services.dynamodb.jobs import holds
from serein.services.dynamodb.jobs.records import BACKUP, Backup, backup_of, encode_detail, restore_of
from serein.services.dynamodb.jobs.snapshots import Bounds, Chunk, State, read_chunk
from serein.services.dynamodb.jobs.turns import Overtaken, leave_to_others, require_step, write_in_turn
from serein.services.dynamodb.keys import find_index_key
from serein.services.dynamodb.store import chores, items, jobs
from serein.services.dynamodb.store.jobs import Job
from serein.services.dynamodb.store.tables import find_table_by_id, replace_definition
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.values import decode_item
from serein.services.dynamodb.vectors.upkeep import items_at_once, put_entries

_CHUNK = 250
"""Items a transaction: about 5 ms of the writers' time, and their entries in indexes no more than about 20."""
_MOST_ROWS = 1000


async def run_copy(platform: Platform, job_id: int) -> None:
    """Do a backup or a restore, or what is left of it."""
    while (job := await platform.database.read(partial(jobs.find_job, id=job_id))) is not None and job.is_open:
        step: int | None = job.step
        try:
            while step is not None:
                step = await write_in_turn(platform, partial(copy_some, job_id=job_id, step=step))
        except Overtaken:
            await leave_to_others(platform)


def copy_some(tx: Transaction, job_id: int, step: int) -> int | None:
    """Copy the next items of a job. Returns its next step, or None once it is done. Raises Overtaken."""
    job = require_step(tx, job_id, step)
    has_more = _back_up(tx, job) if job.kind == BACKUP else _restore(tx, job)
    return step + 1 if has_more else None


def _back_up(tx: Transaction, job: Job) -> bool:
    backup = backup_of(job)
    if backup.is_walked:
        _finish_backup(tx, job, backup)
        return False
    chunk = read_chunk(tx, job.source_id, backup.moment, job.key, Bounds(_CHUNK))
    if job.target_id != job.source_id:
        for key, body, size in chunk.states:
            items.put_item(tx, job.target_id, key, body, size)
    backup.copied_items += len(chunk.states)
    backup.copied_bytes += sum(state.size for state in chunk.states)
    backup.is_walked = chunk.last is None
    jobs.replace_job(tx, job._replace(key=chunk.last or job.key, detail=encode_detail(backup)))
    return True


def _finish_backup(tx: Transaction, job: Job, backup: Backup) -> None:
    backup.item_count, backup.size_bytes = backup.copied_items, backup.copied_bytes
    jobs.replace_job(tx, job._replace(is_open=False, detail=encode_detail(backup)))
    holds.release(tx, job.source_id, job.id)


def _restore(tx: Transaction, job: Job) -> bool:
    table = find_table_by_id(tx, job.target_id)
    restore = restore_of(job)
    if table is None:
        _end_restore(tx, job)
        chores.append_chore(tx, "sweep-table", job.target_id, job.target_id)
        return False
    if restore.is_walked:
        _end_restore(tx, job)
        restored: dict[str, Any] = {**(table.definition.restored or {}), "RestoreInProgress": False}
        replace_definition(tx, changed(table.definition, restored=restored, status="ACTIVE"))
        return False
    limit = items_at_once(table.vectors, min(_CHUNK, _MOST_ROWS // (1 + len(table.indexes))))
    chunk = read_chunk(tx, job.source_id, restore.moment, job.key, Bounds(limit))
    put_states(tx, table, chunk)
    restore.is_walked = chunk.last is None
    jobs.replace_job(tx, job._replace(key=chunk.last or job.key, detail=encode_detail(restore)))
    return True


def _end_restore(tx: Transaction, job: Job) -> None:
    jobs.delete_job(tx, job.id)
    holds.release(tx, job.source_id, job.id)


def put_states(tx: Transaction, table: Table, chunk: Chunk) -> None:
    """Store items in a new table, and their entries in its indexes."""
    for state in chunk.states:
        put_state(tx, table, state)


def put_state(tx: Transaction, table: Table, state: State) -> None:
    """Store an item in a new table, and its entries in the table's indexes."""
    items.put_item(tx, table.id, state.key, state.body, state.size)
    if table.indexes:
        item = decode_item(state.body)
        for index in table.indexes:
            entry = find_index_key(item, index.key)
            if entry is not None:
                items.put_entry(tx, index.id, entry, state.key)
    if table.has_collections:
        count_change(tx, table, state.key, None, Image(state.body, state.size))
    if table.vectors:
        put_entries(tx, table, state.key, decode_item(state.body))
