"""Forgetting what is no longer needed: history of changes, system backups after 35 days, exports and imports after 90.

History is needed back to the earliest time to which a table can be restored, and by jobs that are still reading it.
"""

import math

from serein.kernel.database import Transaction
from serein.services.dynamodb.jobs.records import BACKUP
from serein.services.dynamodb.keys import Key
from serein.services.dynamodb.store import chores, history, jobs
from serein.services.dynamodb.store.tables import find_table_by_id

_CHUNK = 500
_DAY_SECONDS = 86_400
_SLACK_SECONDS = 60
"""Nodes' clocks may differ by this much."""


def forget_some(tx: Transaction) -> bool:
    """Forget a part of what is not needed any more; False when nothing was due."""
    for job in jobs.expired_jobs(tx, _CHUNK):
        if job.is_open or (job.kind == BACKUP and jobs.is_read(tx, job.target_id)):
            continue
        jobs.delete_job(tx, job.id)
        if job.kind == BACKUP:
            chores.append_chore(tx, "sweep-table", job.target_id, job.target_id)
        return True
    return any(_trim(tx, table_id) for table_id in history.histories(tx))


def _trim(tx: Transaction, table_id: int) -> bool:
    """Forget a table's changes that are too old; whether there were any."""
    cutoff = _cutoff(tx, table_id)
    up_to = jobs.NEVER if cutoff is None else cutoff
    old = history.oldest_versions(tx, table_id, up_to, _CHUNK)
    for pk, sk, seq in old:
        history.delete_version(tx, table_id, Key(pk, sk), seq)
    if not old and cutoff is None:
        history.delete_history(tx, table_id)
        return True
    return bool(old)


def _cutoff(tx: Transaction, table_id: int) -> float | None:
    """The time up to which a table's changes may be forgotten; None when all may be."""
    needed = jobs.find_history_need(tx, table_id)
    bounds = [] if needed is None else [needed - _SLACK_SECONDS]
    table = find_table_by_id(tx, table_id)
    if table is not None and table.definition.recovery_since is not None:
        definition = table.definition
        earliest = math.floor(tx.now - definition.recovery_days * _DAY_SECONDS)
        bounds.append(max(definition.recovery_since or 0.0, earliest))
    return min(bounds, default=None)


def next_to_forget(tx: Transaction) -> float | None:
    """When something next is not needed any more, or None."""
    expiry = jobs.find_next_expiry(tx)
    due = [] if expiry is None else [expiry]
    for table_id in history.histories(tx):
        table = find_table_by_id(tx, table_id)
        if table is None or table.definition.recovery_since is None:
            if jobs.find_history_need(tx, table_id) is None:
                return tx.now
            continue
        oldest = history.find_oldest_change(tx, table_id)
        since = max(tx.now if oldest is None else oldest, table.definition.recovery_since)
        due.append(since + table.definition.recovery_days * _DAY_SECONDS + 1)
    return min(due, default=None)
