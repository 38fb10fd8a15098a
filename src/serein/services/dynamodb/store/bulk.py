"""Rows of bulk operations: what they could not write, and the operations in order of their beginning."""

from serein.kernel.database import Row, Transaction
from serein.kernel.scope import Scope

_FAILURES = "SELECT number, entry FROM dynamodb_bulk_failures WHERE job_id = :job AND kind = :kind"


def append_failure(tx: Transaction, job_id: int, kind: str, number: int, entry: bytes) -> None:
    """Note something that was not written."""
    tx.run(
        "INSERT INTO dynamodb_bulk_failures (job_id, number, kind, entry) VALUES (:job, :number, :kind, :entry)",
        job=job_id,
        number=number,
        kind=kind,
        entry=entry,
    )


def failures_after(tx: Transaction, job_id: int, kind: str, number: int, limit: int) -> list[tuple[int, bytes]]:
    """(number, entry) of the failures of a kind after a number."""
    rows = tx.all(
        f"{_FAILURES} AND number > :number ORDER BY number LIMIT :limit",
        job=job_id,
        kind=kind,
        number=number,
        limit=limit,
    )
    return [(row[0], bytes(row[1])) for row in rows]


def delete_failures(tx: Transaction, job_id: int, kind: str, up_to: int) -> None:
    """Remove failures that are in a report."""
    tx.run(
        "DELETE FROM dynamodb_bulk_failures WHERE job_id = :job AND kind = :kind AND number <= :number",
        job=job_id,
        kind=kind,
        number=up_to,
    )


def delete_all_failures(tx: Transaction, job_id: int) -> None:
    """Remove the failures of an operation that has no report."""
    tx.run("DELETE FROM dynamodb_bulk_failures WHERE job_id = :job", job=job_id)


def note_detail(tx: Transaction, id: int, detail: str) -> None:
    """Store a job's detail and leave its step as it is: whoever does the job goes on with it."""
    tx.run("UPDATE dynamodb_jobs SET detail = :detail WHERE id = :id", detail=detail, id=id)


def latest_jobs(tx: Transaction, scope: Scope, kind: str, before: tuple[float, int], limit: int) -> list[Row]:
    """(created_at, id, arn, detail) of an account's jobs from before one, the latest first."""
    return tx.all(
        "SELECT created_at, id, arn, detail FROM dynamodb_jobs WHERE kind = :kind AND account = :account "
        "AND region = :region AND (created_at, id) < (:at, :id) ORDER BY created_at DESC, id DESC LIMIT :limit",
        kind=kind,
        account=scope.account,
        region=scope.region,
        at=before[0],
        id=before[1],
        limit=limit,
    )


def open_details(tx: Transaction, scope: Scope, kind: str) -> list[str]:
    """The details of an account's jobs of a kind that are being done."""
    rows = tx.all(
        "SELECT detail FROM dynamodb_jobs WHERE is_open = 1 AND kind = :kind AND account = :account "
        "AND region = :region",
        kind=kind,
        account=scope.account,
        region=scope.region,
    )
    return [detail for (detail,) in rows]
