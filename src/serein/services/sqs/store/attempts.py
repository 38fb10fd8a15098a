"""The rows of receive request attempts: what a FIFO queue answered to a request that may be repeated."""

import json
from typing import NamedTuple

from serein.kernel.database import Transaction
from serein.services.sqs.queues import Queue

ATTEMPT_SECONDS = 300


class Attempt(NamedTuple):
    """The messages of a reply, each with its receive count, and until when they are hidden."""

    receipts: list[tuple[int, int]]
    hidden_until: float


def find_attempt(tx: Transaction, queue: Queue, attempt_id: str) -> Attempt | None:
    """Return the attempt if it was made in the last five minutes, or None."""
    row = tx.one(
        "SELECT receipts, hidden_until FROM sqs_attempts"
        " WHERE queue_id = :queue_id AND attempt_id = :attempt_id AND expires_at > :now",
        queue_id=queue.id,
        attempt_id=attempt_id,
        now=tx.now,
    )
    return None if row is None else Attempt([(key, count) for key, count in json.loads(row[0])], float(row[1]))


def remember_attempt(tx: Transaction, queue: Queue, attempt_id: str, attempt: Attempt) -> None:
    """Keep an attempt for five minutes, and forget those that are older."""
    tx.run("DELETE FROM sqs_attempts WHERE queue_id = :queue_id AND expires_at <= :now", queue_id=queue.id, now=tx.now)
    tx.run(
        "INSERT INTO sqs_attempts (queue_id, attempt_id, receipts, hidden_until, expires_at)"
        " VALUES (:queue_id, :attempt_id, :receipts, :hidden_until, :expires_at)"
        " ON CONFLICT (queue_id, attempt_id) DO UPDATE SET receipts = excluded.receipts,"
        " hidden_until = excluded.hidden_until, expires_at = excluded.expires_at",
        queue_id=queue.id,
        attempt_id=attempt_id,
        receipts=json.dumps(attempt.receipts),
        hidden_until=attempt.hidden_until,
        expires_at=tx.now + ATTEMPT_SECONDS,
    )


def prolong_attempt(tx: Transaction, queue: Queue, attempt_id: str, hidden_until: float) -> None:
    """Say that an attempt's messages are hidden longer."""
    tx.run(
        "UPDATE sqs_attempts SET hidden_until = :hidden_until WHERE queue_id = :queue_id AND attempt_id = :attempt_id",
        hidden_until=hidden_until,
        queue_id=queue.id,
        attempt_id=attempt_id,
    )
