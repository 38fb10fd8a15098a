"""The SQL of activities, and of the tasks that wait for their workers."""

import json

from serein.kernel.database import Row, Transaction
from serein.kernel.scope import Scope
from serein.services.stepfunctions.activities import (
    Activity,
    ActivityTask,
    does_not_exist,
    parse_activity_arn,
    topic_of,
)

_COLUMNS = "account, region, name, tags, encryption, created_at"


def find_activity(tx: Transaction, scope: Scope, name: str) -> Activity | None:
    row = tx.one(
        f"SELECT {_COLUMNS} FROM stepfunctions_activities"
        " WHERE account = :account AND region = :region AND name = :name",
        account=scope.account,
        region=scope.region,
        name=name,
    )
    return None if row is None else _activity(row)


def require_activity(tx: Transaction, arn: str, scope: Scope | None = None) -> Activity:
    """The activity of that ARN, in `scope` when that is given. Raises InvalidArn, ActivityDoesNotExist."""
    place, name = parse_activity_arn(arn)
    found = find_activity(tx, place, name) if scope in (None, place) else None
    if found is None:
        raise does_not_exist(arn)
    return found


def list_activities(tx: Transaction, scope: Scope, after: str, limit: int) -> list[Activity]:
    """In the order of their names."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM stepfunctions_activities"
        " WHERE account = :account AND region = :region AND name > :after ORDER BY name LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after=after,
        limit=limit,
    )
    return [_activity(row) for row in rows]


def put_activity(tx: Transaction, activity: Activity) -> None:
    tx.run(
        f"INSERT INTO stepfunctions_activities ({_COLUMNS})"
        " VALUES (:account, :region, :name, :tags, :encryption, :created_at)"
        " ON CONFLICT (account, region, name) DO UPDATE SET tags = :tags",
        account=activity.scope.account,
        region=activity.scope.region,
        name=activity.name,
        tags=json.dumps(dict(activity.tags)),
        encryption=json.dumps(dict(activity.encryption)),
        created_at=activity.created_at,
    )


def delete_activity(tx: Transaction, scope: Scope, name: str) -> None:
    """Tasks that wait for a worker go on waiting, until they take too long."""
    tx.run(
        "DELETE FROM stepfunctions_activities WHERE account = :account AND region = :region AND name = :name",
        account=scope.account,
        region=scope.region,
        name=name,
    )


def append_task(tx: Transaction, arn: str, task: ActivityTask) -> None:
    """Let a worker have a task, and wake those that wait for one. Raises ActivityDoesNotExist."""
    require_activity(tx, arn)
    tx.run(
        "INSERT INTO stepfunctions_activity_tasks"
        " (execution_id, frame_id, task, activity_arn, offered_at, token, input)"
        " VALUES (:execution_id, :frame_id, :task, :arn, :now, :token, :input)"
        " ON CONFLICT (execution_id, frame_id, task) DO NOTHING",
        execution_id=task.execution_id,
        frame_id=task.frame_id,
        task=task.task,
        arn=arn,
        now=tx.now,
        token=task.token,
        input=task.input.encode(),
    )
    tx.wake(topic_of(arn))


def has_task(tx: Transaction, arn: str) -> bool:
    """Whether a task waits for a worker."""
    return tx.one("SELECT 1 FROM stepfunctions_activity_tasks WHERE activity_arn = :arn LIMIT 1", arn=arn) is not None


def claim_task(tx: Transaction, arn: str) -> ActivityTask | None:
    """Take the task that has waited longest; it may be one whose state is over."""
    while True:
        row = tx.one(
            "SELECT execution_id, frame_id, task, token, input FROM stepfunctions_activity_tasks"
            " WHERE activity_arn = :arn ORDER BY offered_at, execution_id, frame_id LIMIT 1",
            arn=arn,
        )
        if row is None:
            return None
        task = ActivityTask(row[0], row[1], row[2], row[3], bytes(row[4]).decode())
        if delete_task(tx, task.execution_id, task.frame_id, task.task):
            return task


def delete_task(tx: Transaction, execution_id: int, frame_id: int, task: int) -> bool:
    """Take a task out of the line. False when it isn't there any more."""
    changed = tx.run(
        "DELETE FROM stepfunctions_activity_tasks"
        " WHERE execution_id = :execution_id AND frame_id = :frame_id AND task = :task",
        execution_id=execution_id,
        frame_id=frame_id,
        task=task,
    )
    return changed > 0


def _activity(row: Row) -> Activity:
    account, region, name, tags, encryption, created_at = row
    return Activity(Scope(account, region), name, created_at, json.loads(tags), json.loads(encryption))
