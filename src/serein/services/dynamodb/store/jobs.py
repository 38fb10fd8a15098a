"""Rows of backups, restores, exports and imports."""

from collections.abc import Iterator
from typing import NamedTuple

from serein.kernel.database import Row, Transaction
from serein.kernel.scope import Scope
from serein.services.dynamodb.keys import Key
from serein.services.dynamodb.store import history

TOPIC = "dynamodb:jobs"
"""Woken when there is a job to do, and when one is done."""
NEVER = 1e18
"""When what doesn't expire expires."""
_COLUMNS = (
    "id, kind, account, region, arn, token, source_id, target_id, is_open, created_at, expires_at, history_since, "
    "step, pk, sk, detail"
)
_PAGE = 100


class Job(NamedTuple):
    """A job. `detail` is the text of one of the records of jobs/records.py."""

    id: int
    kind: str
    scope: Scope
    arn: str
    token: str
    source_id: int
    target_id: int
    is_open: bool
    created_at: float
    expires_at: float
    history_since: float
    step: int
    key: Key
    detail: str


def append_job(tx: Transaction, job: Job) -> None:
    """Add a job, and have it done when it is open."""
    tx.run(
        f"INSERT INTO dynamodb_jobs ({_COLUMNS}) VALUES "
        "(:id, :kind, :account, :region, :arn, :token, :source, :target, "
        ":is_open, :created_at, :expires_at, :history_since, :step, :pk, :sk, :detail)",
        id=job.id,
        kind=job.kind,
        account=job.scope.account,
        region=job.scope.region,
        arn=job.arn,
        token=job.token,
        source=job.source_id,
        target=job.target_id,
        is_open=int(job.is_open),
        created_at=job.created_at,
        expires_at=job.expires_at,
        history_since=job.history_since,
        step=job.step,
        pk=job.key.pk,
        sk=job.key.sk,
        detail=job.detail,
    )
    if job.is_open:
        tx.wake(TOPIC)
    if job.expires_at < NEVER:
        tx.wake(history.TOPIC)


def replace_job(tx: Transaction, job: Job) -> None:
    """Store how far a job has got: everything but what names it may have changed. Its step is counted up."""
    tx.run(
        "UPDATE dynamodb_jobs SET is_open = :is_open, expires_at = :expires_at, step = :step, pk = :pk, sk = :sk, "
        "detail = :detail WHERE id = :id",
        id=job.id,
        is_open=int(job.is_open),
        expires_at=job.expires_at,
        step=job.step + 1,
        pk=job.key.pk,
        sk=job.key.sk,
        detail=job.detail,
    )
    if not job.is_open:
        tx.wake(TOPIC)


def delete_job(tx: Transaction, id: int) -> None:
    """Remove a job."""
    tx.run("DELETE FROM dynamodb_export_files WHERE job_id = :id", id=id)
    tx.run("DELETE FROM dynamodb_jobs WHERE id = :id", id=id)
    tx.wake(TOPIC)


def find_job(tx: Transaction, id: int) -> Job | None:
    """Return the job with an id, or None."""
    row = tx.one(f"SELECT {_COLUMNS} FROM dynamodb_jobs WHERE id = :id", id=id)
    return None if row is None else _job(row)


def find_job_by_arn(tx: Transaction, scope: Scope, kind: str, arn: str) -> Job | None:
    """Return an account's job with an ARN, or None."""
    row = tx.one(
        f"SELECT {_COLUMNS} FROM dynamodb_jobs WHERE kind = :kind AND account = :account AND region = :region "
        "AND arn = :arn",
        kind=kind,
        account=scope.account,
        region=scope.region,
        arn=arn,
    )
    return None if row is None else _job(row)


def find_job_by_token(tx: Transaction, scope: Scope, kind: str, token: str, since: float) -> Job | None:
    """Return the latest job that was asked for with a client's token since then, or None."""
    row = tx.one(
        f"SELECT {_COLUMNS} FROM dynamodb_jobs WHERE token = :token AND kind = :kind AND account = :account "
        "AND region = :region AND created_at > :since ORDER BY created_at DESC LIMIT 1",
        token=token,
        kind=kind,
        account=scope.account,
        region=scope.region,
        since=since,
    )
    return None if row is None else _job(row)


def open_jobs(tx: Transaction) -> list[int]:
    """The jobs that there are to do."""
    return [row[0] for row in tx.all("SELECT id FROM dynamodb_jobs WHERE is_open = 1 ORDER BY id")]


def count_open(tx: Transaction, scope: Scope, kind: str) -> int:
    """How many jobs of a kind are being done for an account in a region."""
    row = tx.one(
        "SELECT COUNT(*) FROM dynamodb_jobs WHERE is_open = 1 AND kind = :kind AND account = :account "
        "AND region = :region",
        kind=kind,
        account=scope.account,
        region=scope.region,
    )
    return int(row[0]) if row else 0


def jobs_of(tx: Transaction, scope: Scope, kind: str, prefix: str, after: str, *, is_forward: bool) -> Iterator[Job]:
    """An account's jobs whose ARNs begin with a prefix and come after an ARN, in order of ARN or against it."""
    low, high = prefix, prefix + "\U0010ffff"
    if after:
        low, high = (max(low, after), high) if is_forward else (low, min(high, after))
    while True:
        rows = tx.all(
            f"SELECT {_COLUMNS} FROM dynamodb_jobs WHERE kind = :kind AND account = :account AND region = :region "
            f"AND arn > :low AND arn < :high ORDER BY arn {'' if is_forward else 'DESC'} LIMIT :limit",
            kind=kind,
            account=scope.account,
            region=scope.region,
            low=low,
            high=high,
            limit=_PAGE,
        )
        yield from map(_job, rows)
        if len(rows) < _PAGE:
            return
        if is_forward:
            low = rows[-1][4]
        else:
            high = rows[-1][4]


def find_history_need(tx: Transaction, table_id: int) -> float | None:
    """From when on open jobs need a table's history, or None when none does."""
    row = tx.one(
        "SELECT MIN(history_since) FROM dynamodb_jobs WHERE is_open = 1 AND source_id = :table", table=table_id
    )
    return None if row is None else row[0]


def is_read(tx: Transaction, items_id: int) -> bool:
    """Whether an open job reads a set of items."""
    row = tx.one("SELECT 1 FROM dynamodb_jobs WHERE is_open = 1 AND source_id = :id LIMIT 1", id=items_id)
    return row is not None


def is_being_backed_up(tx: Transaction, table_id: int) -> bool:
    """Whether a table is being copied into a backup."""
    row = tx.one(
        "SELECT 1 FROM dynamodb_jobs WHERE is_open = 1 AND source_id = :id AND kind = 'backup' LIMIT 1", id=table_id
    )
    return row is not None


def is_being_filled(tx: Transaction, table_id: int) -> bool:
    """Whether a new table is being restored or imported."""
    row = tx.one("SELECT 1 FROM dynamodb_jobs WHERE target_id = :id AND is_open = 1 LIMIT 1", id=table_id)
    return row is not None


def is_backed_up(tx: Transaction, items_id: int) -> bool:
    """Whether a set of items is a backup's."""
    row = tx.one("SELECT 1 FROM dynamodb_jobs WHERE target_id = :id AND kind = 'backup' LIMIT 1", id=items_id)
    return row is not None


def expired_jobs(tx: Transaction, limit: int) -> list[Job]:
    """Jobs whose time is up."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM dynamodb_jobs WHERE expires_at <= :now ORDER BY expires_at LIMIT :limit",
        now=tx.now,
        limit=limit,
    )
    return [_job(row) for row in rows]


def find_next_expiry(tx: Transaction) -> float | None:
    """When the first job expires, or None."""
    row = tx.one(
        "SELECT expires_at FROM dynamodb_jobs WHERE expires_at < :never ORDER BY expires_at LIMIT 1", never=NEVER
    )
    return None if row is None else row[0]


def put_export_file(tx: Transaction, job_id: int, number: int, entry: str) -> None:
    """Note a data file that an export has written."""
    tx.run(
        "INSERT INTO dynamodb_export_files (job_id, number, entry) VALUES (:job, :number, :entry)",
        job=job_id,
        number=number,
        entry=entry,
    )


def export_files(tx: Transaction, job_id: int) -> list[str]:
    """The manifest's lines of the data files that an export has written."""
    rows = tx.all("SELECT entry FROM dynamodb_export_files WHERE job_id = :job ORDER BY number", job=job_id)
    return [entry for (entry,) in rows]


def _job(row: Row) -> Job:
    id, kind, account, region, arn, token, source, target, is_open, created, expires, since, step, pk, sk, detail = row
    scope, key = Scope(account, region), Key(pk, sk)
    return Job(id, kind, scope, arn, token, source, target, bool(is_open), created, expires, since, step, key, detail)
