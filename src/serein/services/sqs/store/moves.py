"""The rows of message move tasks."""

from dataclasses import dataclass

from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.scope import Scope

_COLUMNS = "id, account, region, source_arn, destination_arn, rate, status, moved, to_move, failure, started_at, due_at"


@dataclass(frozen=True, slots=True)
class MoveTask:
    """A redrive under way, or one that is over. `rate` is in messages a second; 0 is as fast as possible."""

    id: str
    account: str
    region: str
    source_arn: str
    destination_arn: str
    rate: int
    status: str
    moved: int
    to_move: int
    failure: str
    started_at: float
    due_at: float


def insert_task(
    tx: Transaction, scope: Scope, source_arn: str, destination_arn: str, rate: int, to_move: int
) -> MoveTask:
    task = MoveTask(
        id=new_uuid(),
        account=scope.account,
        region=scope.region,
        source_arn=source_arn,
        destination_arn=destination_arn,
        rate=rate,
        status="RUNNING",
        moved=0,
        to_move=to_move,
        failure="",
        started_at=tx.now,
        due_at=tx.now,
    )
    tx.run(
        f"INSERT INTO sqs_move_tasks ({_COLUMNS}) VALUES (:id, :account, :region, :source_arn, :destination_arn,"
        " :rate, 'RUNNING', 0, :to_move, '', :now, :now)",
        id=task.id,
        account=scope.account,
        region=scope.region,
        source_arn=source_arn,
        destination_arn=destination_arn,
        rate=rate,
        to_move=to_move,
        now=tx.now,
    )
    return task


def find_task(tx: Transaction, task_id: str) -> MoveTask | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM sqs_move_tasks WHERE id = :id", id=task_id)
    return None if row is None else MoveTask(*row)


def tasks_of(tx: Transaction, scope: Scope, source_arn: str, limit: int) -> list[MoveTask]:
    """The latest tasks of a source queue, newest first."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM sqs_move_tasks WHERE account = :account AND region = :region"
        " AND source_arn = :source_arn ORDER BY started_at DESC, id LIMIT :limit",
        account=scope.account,
        region=scope.region,
        source_arn=source_arn,
        limit=limit,
    )
    return [MoveTask(*row) for row in rows]


def running_tasks(tx: Transaction) -> list[MoveTask]:
    """Every task that still has something to move, the next due first."""
    rows = tx.all(f"SELECT {_COLUMNS} FROM sqs_move_tasks WHERE status = 'RUNNING' ORDER BY due_at")
    return [MoveTask(*row) for row in rows]


def advance_task(tx: Transaction, task: MoveTask, moved: int, status: str, due_at: float, failure: str = "") -> None:
    """Record what a task has done in this step and what it is now."""
    tx.run(
        "UPDATE sqs_move_tasks SET moved = moved + :moved, status = :status, due_at = :due_at, failure = :failure"
        " WHERE id = :id AND status = 'RUNNING'",
        moved=moved,
        status=status,
        due_at=due_at,
        failure=failure,
        id=task.id,
    )


def delete_tasks(tx: Transaction, source_arn: str) -> None:
    tx.run("DELETE FROM sqs_move_tasks WHERE source_arn = :source_arn", source_arn=source_arn)
