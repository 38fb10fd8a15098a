"""Forgetting what is no longer needed: history of changes, system backups after 35 days, exports and imports after 90.

History is needed back to the earliest time to which a table can be restored, and by jobs that are still reading it.
"""

import math
from typing import NamedTuple

from serein.kernel.database import Transaction
from serein.services.dynamodb.jobs.records import BACKUP
from serein.services.dynamodb.keys import Key
from serein.services.dynamodb.store import chores, history, jobs
from serein.services.dynamodb.store.tables import find_table_by_id

_CHUNK = 200
_DAY_SECONDS = 86_400
_SLACK_SECONDS = 60
"""Nodes' clocks may differ by this much."""


def forget_jobs(tx: Transaction) -> bool:
    """Remove a job whose time is up; False when there is none."""
    for job in jobs.expired_jobs(tx, _CHUNK):
        if job.is_open or (job.kind == BACKUP and jobs.is_read(tx, job.target_id)):
            continue
        jobs.delete_job(tx, job.id)
        if job.kind == BACKUP:
            chores.append_chore(tx, "sweep-table", job.target_id, job.target_id)
        return True
    return False


class Old(NamedTuple):
    """Changes of a table that are not needed any more, some of them."""

    versions: list[tuple[bytes, bytes, int]]
    is_last: bool
    """Whether the table needs no history at all, and these are the last of it."""


def find_old(tx: Transaction, table_id: int) -> Old:
    """Some of a table's changes that may be forgotten.

    Why it is read before it is forgotten, in two transactions: writers would collide with one that does both.
    """
    cutoff = _find_cutoff(tx, table_id)
    up_to = jobs.NEVER if cutoff is None else cutoff
    versions = history.oldest_versions(tx, table_id, up_to, _CHUNK)
    return Old(versions, cutoff is None and len(versions) < _CHUNK)


def forget(tx: Transaction, table_id: int, old: Old) -> None:
    """Forget a table's changes."""
    for pk, sk, seq in old.versions:
        history.delete_version(tx, table_id, Key(pk, sk), seq)
    if old.is_last and _find_cutoff(tx, table_id) is None:
        history.delete_history(tx, table_id)


def _find_cutoff(tx: Transaction, table_id: int) -> float | None:
    """Return the time up to which a table's changes may be forgotten, or None when all may be."""
    needed = jobs.find_history_need(tx, table_id)
    bounds = [] if needed is None else [needed - _SLACK_SECONDS]
    table = find_table_by_id(tx, table_id)
    if table is not None and table.definition.recovery_since is not None:
        definition = table.definition
        earliest = math.floor(tx.now - definition.recovery_days * _DAY_SECONDS)
        bounds.append(max(definition.recovery_since or 0.0, earliest))
    return min(bounds, default=None)


def find_next_due(tx: Transaction) -> float | None:
    """Return when something is not needed any more, or None. What a job still holds is not waited for."""
    expiry = jobs.find_next_expiry(tx)
    due = [] if expiry is None else [expiry]
    for table_id in history.histories(tx):
        table = find_table_by_id(tx, table_id)
        if table is None or table.definition.recovery_since is None:
            continue
        oldest = history.find_oldest_change(tx, table_id)
        since = max(tx.now if oldest is None else oldest, table.definition.recovery_since)
        due.append(since + table.definition.recovery_days * _DAY_SECONDS + 1)
    return min((when for when in due if when > tx.now), default=None)
