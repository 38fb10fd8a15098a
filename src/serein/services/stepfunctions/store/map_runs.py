"""The rows of map runs, of their counts and of the portions of their items."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from serein.kernel.database import Row, Transaction
from serein.kernel.scope import Scope
from serein.services.stepfunctions.distributed.results import Child
from serein.services.stepfunctions.distributed.runs import (
    PENDING,
    REDRIVE,
    RUNNING,
    STARTED,
    TOTAL,
    UNSUCCESSFUL,
    Counts,
    MapRun,
    parse_map_run_arn,
)
from serein.services.stepfunctions.errors import ResourceNotFound
from serein.services.stepfunctions.store import executions

TOPIC = "stepfunctions:map-runs"
"""Woken when there is something to do for a map run."""
_COLUMNS = (
    "id, arn, execution_id, frame_id, task, execution_arn, machine_arn, revision, state_name, phase, status, position,"
    " max_concurrency, has_count, tolerated_count, has_percentage, tolerated_percentage, error, cause, started_at,"
    " stopped_at, redrive_count, redriven_at"
)
_SELECT = f"SELECT {_COLUMNS} FROM stepfunctions_map_runs"


class Portion(NamedTuple):
    """Items of one child; `input` is empty once that was started."""

    number: int
    item_count: int
    status: str
    execution_id: int
    input: bytes


def insert_run(tx: Transaction, run: MapRun, plan: bytes) -> None:
    """Add a map run, and have somebody look after it."""
    tx.run(
        "INSERT INTO stepfunctions_map_runs (id, arn, execution_id, frame_id, task, execution_arn, machine_arn,"
        " revision, state_name, phase, status, plan, position, max_concurrency, tolerated_count,"
        " tolerated_percentage, has_count, has_percentage, error, cause, started_at, stopped_at, redrive_count,"
        " redriven_at, is_due, leased_until) VALUES (:id, :arn, :execution_id, :frame_id, :task, :execution_arn,"
        " :machine_arn, :revision, :state_name, :phase, :status, :plan, :position, :max_concurrency, :tolerated_count,"
        " :tolerated_percentage, :has_count, :has_percentage, NULL, NULL, :now, 0.0, 0, 0.0, 1, 0.0)",
        id=run.id,
        arn=run.arn,
        execution_id=run.execution_id,
        frame_id=run.frame_id,
        task=run.task,
        execution_arn=run.execution_arn,
        machine_arn=run.machine_arn,
        revision=run.revision,
        state_name=run.state_name,
        phase=run.phase,
        status=run.status,
        plan=plan,
        position=run.position,
        max_concurrency=run.max_concurrency,
        tolerated_count=run.tolerated_count or 0,
        tolerated_percentage=run.tolerated_percentage or 0.0,
        has_count=int(run.tolerated_count is not None),
        has_percentage=int(run.tolerated_percentage is not None),
        now=tx.now,
    )
    tx.wake(TOPIC)


def find_run(tx: Transaction, run_id: str) -> MapRun | None:
    row = tx.one(f"{_SELECT} WHERE id = :id", id=run_id)
    return None if row is None else _run(row)


def require_run(tx: Transaction, scope: Scope, arn: str) -> MapRun:
    """The map run of an ARN in an account and region. Raises InvalidArn, ResourceNotFound."""
    place, run_id = parse_map_run_arn(arn)
    found = find_run(tx, run_id) if place == scope else None
    if found is None or found.arn != arn:
        raise ResourceNotFound(f"Resource not found: '{arn}'", resourceName=arn)
    return found


def find_run_of(tx: Transaction, execution_id: int, frame_id: int) -> MapRun | None:
    """The latest map run of a state that was entered."""
    row = tx.one(
        f"{_SELECT} WHERE execution_id = :execution_id AND frame_id = :frame_id"
        " ORDER BY started_at DESC, task DESC LIMIT 1",
        execution_id=execution_id,
        frame_id=frame_id,
    )
    return None if row is None else _run(row)


def open_runs_of(tx: Transaction, execution_id: int, frame_id: int) -> list[MapRun]:
    """The map runs of an execution that go on, or of one of its frames (0: of all)."""
    narrowed = " AND frame_id = :frame_id" if frame_id else ""
    rows = tx.all(
        f"{_SELECT} WHERE execution_id = :execution_id AND status = :status{narrowed}",
        execution_id=execution_id,
        status=RUNNING,
        **({"frame_id": frame_id} if frame_id else {}),
    )
    return [_run(row) for row in rows]


def runs_of(tx: Transaction, execution_id: int, before: tuple[float, str] | None, limit: int) -> list[MapRun]:
    """The map runs of an execution, the latest first, those after `before` (when it started, its id)."""
    narrowed = " AND (started_at, id) < (:started_at, :id)" if before else ""
    rows = tx.all(
        f"{_SELECT} WHERE execution_id = :execution_id{narrowed} ORDER BY started_at DESC, id DESC LIMIT :limit",
        execution_id=execution_id,
        limit=limit,
        **({"started_at": before[0], "id": before[1]} if before else {}),
    )
    return [_run(row) for row in rows]


def find_plan(tx: Transaction, run_id: str) -> bytes:
    """The plan of a map run: JSON."""
    row = tx.one("SELECT plan FROM stepfunctions_map_runs WHERE id = :id", id=run_id)
    return bytes(row[0]) if row else b""


def change_run(tx: Transaction, run_id: str, **values: Any) -> None:
    """Set columns of a map run, by their names."""
    columns = ", ".join(f"{name} = :{name}" for name in values)
    tx.run(f"UPDATE stepfunctions_map_runs SET {columns} WHERE id = :id", id=run_id, **values)


def make_due(tx: Transaction, run_id: str) -> None:
    """Have somebody look after a map run."""
    tx.run("UPDATE stepfunctions_map_runs SET is_due = 1 WHERE id = :id AND is_due = 0", id=run_id)
    tx.wake(TOPIC)


def claim_runs(tx: Transaction, limit: int, lease_seconds: float) -> list[str]:
    """Lease up to `limit` map runs that are due, or whose holder is gone."""
    rows = tx.all(
        "SELECT id FROM stepfunctions_map_runs WHERE is_due = 1 AND leased_until <= :now"
        " UNION SELECT id FROM stepfunctions_map_runs WHERE is_due = 0 AND leased_until > 0 AND leased_until <= :now"
        " LIMIT :limit",
        now=tx.now,
        limit=limit,
    )
    return [
        row[0]
        for row in rows
        if tx.run(
            "UPDATE stepfunctions_map_runs SET is_due = 0, leased_until = :until"
            " WHERE id = :id AND leased_until <= :now",
            id=row[0],
            until=tx.now + lease_seconds,
            now=tx.now,
        )
    ]


def next_due(tx: Transaction) -> float | None:
    """When a map run is to be worked on, or a lease runs out; 0 is now."""
    if runs_with_ends(tx, 1) or tx.one(
        "SELECT id FROM stepfunctions_map_runs WHERE is_due = 1 AND leased_until = 0 LIMIT 1"
    ):
        return 0.0
    row = tx.one("SELECT min(leased_until) FROM stepfunctions_map_runs WHERE leased_until > 0")
    return None if row is None else row[0]


def renew(tx: Transaction, run_id: str, lease_seconds: float) -> None:
    """Go on holding a map run."""
    change_run(tx, run_id, leased_until=tx.now + lease_seconds)


def release(tx: Transaction, run_id: str) -> None:
    """Let go of a map run; whoever waits for it is woken when it is due again already."""
    change_run(tx, run_id, leased_until=0.0)
    tx.wake(TOPIC)


def release_all(tx: Transaction) -> None:
    """Have everything looked after that a server held which is gone."""
    tx.run("UPDATE stepfunctions_map_runs SET is_due = 1, leased_until = 0 WHERE leased_until > 0")


def counts_of(tx: Transaction, run_id: str) -> tuple[Counts, Counts]:
    """The counts of executions and of items."""
    rows = tx.all(
        "SELECT status, executions, items FROM stepfunctions_map_counts WHERE run_id = :run_id UNION ALL"
        " SELECT status, count(*), sum(items) FROM stepfunctions_map_ends WHERE run_id = :run_id GROUP BY status",
        run_id=run_id,
    )
    executions: Counter[str] = Counter()
    items: Counter[str] = Counter()
    for status, execution_count, item_count in rows:
        executions[status] += int(execution_count)
        items[status] += int(item_count)
    return Counts(executions), Counts(items)


def append_end(tx: Transaction, run_id: str, execution_id: int, status: str, items: int) -> None:
    """A child has ended; somebody counts it before long."""
    tx.run(
        "INSERT INTO stepfunctions_map_ends (run_id, execution_id, status, items)"
        " VALUES (:run_id, :execution_id, :status, :items)",
        run_id=run_id,
        execution_id=execution_id,
        status=status,
        items=items,
    )
    tx.wake(TOPIC)


def runs_with_ends(tx: Transaction, limit: int) -> list[str]:
    """Some map runs with children that have ended and aren't counted."""
    rows = tx.all("SELECT DISTINCT run_id FROM stepfunctions_map_ends LIMIT :limit", limit=limit)
    return [row[0] for row in rows]


def count_ends(tx: Transaction, run_id: str) -> None:
    """Count the children of a map run that have ended."""
    rows = tx.all("DELETE FROM stepfunctions_map_ends WHERE run_id = :id RETURNING status, items", id=run_id)
    executions: Counter[str] = Counter()
    items: Counter[str] = Counter()
    for status, item_count in rows:
        executions[status] += 1
        items[status] += item_count
    for status, number in executions.items():
        count(tx, run_id, status, number, items[status])


def count(tx: Transaction, run_id: str, status: str, executions: int, items: int) -> None:
    """Add to the counts of a status."""
    tx.run(
        "INSERT INTO stepfunctions_map_counts (run_id, status, executions, items)"
        " VALUES (:run_id, :status, :executions, :items) ON CONFLICT (run_id, status) DO UPDATE SET"
        " executions = stepfunctions_map_counts.executions + :executions,"
        " items = stepfunctions_map_counts.items + :items",
        run_id=run_id,
        status=status,
        executions=executions,
        items=items,
    )


def append_portions(tx: Transaction, run_id: str, first: int, portions: Sequence[tuple[bytes, int]]) -> None:
    """Add portions, each an input and a number of items; the first has the number `first`."""
    for number, (content, item_count) in enumerate(portions, first):
        tx.run(
            "INSERT INTO stepfunctions_map_portions (run_id, number, item_count, status, execution_id, input)"
            " VALUES (:run_id, :number, :item_count, :status, 0, :input)",
            run_id=run_id,
            number=number,
            item_count=item_count,
            status=PENDING,
            input=content,
        )
    count(tx, run_id, TOTAL, len(portions), sum(item_count for _, item_count in portions))


def portions_with(tx: Transaction, run_id: str, status: str, after: int, limit: int) -> list[Portion]:
    """Portions of a status, in order, those after a number."""
    rows = tx.all(
        "SELECT number, item_count, status, execution_id, input FROM stepfunctions_map_portions"
        " WHERE run_id = :run_id AND status = :status AND number > :after ORDER BY number LIMIT :limit",
        run_id=run_id,
        status=status,
        after=after,
        limit=limit,
    )
    return [Portion(row[0], row[1], row[2], row[3], bytes(row[4] or b"")) for row in rows]


def children_of(tx: Transaction, run_id: str, statuses: tuple[str, ...], after: int, limit: int) -> list[Child]:
    """The children of some statuses (none: of all) in the order of their items, those after a number."""
    names = {f"status_{position}": status for position, status in enumerate(statuses)}
    among = f" AND p.status IN ({', '.join(f':{name}' for name in names)})" if names else ""
    rows = tx.all(
        "SELECT p.number, p.status, p.item_count, p.input, e.input, e.output, e.arn, e.name, e.machine_arn, e.error,"
        " e.cause, e.started_at, e.stopped_at, e.progress FROM stepfunctions_map_portions p"
        " LEFT JOIN stepfunctions_executions e ON e.id = p.execution_id"
        f" WHERE p.run_id = :run_id AND p.number > :after{among} ORDER BY p.number LIMIT :limit",
        run_id=run_id,
        after=after,
        limit=limit,
        **names,
    )
    return [_child(row) for row in rows]


def portion_started(tx: Transaction, run_id: str, number: int, execution_id: int) -> None:
    """A portion is an execution now."""
    tx.run(
        "UPDATE stepfunctions_map_portions SET status = :status, execution_id = :execution_id, input = NULL"
        " WHERE run_id = :run_id AND number = :number",
        status=RUNNING,
        execution_id=execution_id,
        run_id=run_id,
        number=number,
    )


def portion_ended(tx: Transaction, run_id: str, execution_id: int, status: str) -> int | None:
    """A child has ended so; return how many items it had, None when it had ended before."""
    row = tx.one(
        "UPDATE stepfunctions_map_portions SET status = :status WHERE execution_id = :execution_id"
        " AND run_id = :run_id AND status = :running RETURNING item_count",
        status=status,
        execution_id=execution_id,
        run_id=run_id,
        running=RUNNING,
    )
    return None if row is None else int(row[0])


def redrive_portions(tx: Transaction, run_id: str) -> None:
    """Have the children that failed go on; the counts follow."""
    count_ends(tx, run_id)
    for status in UNSUCCESSFUL:
        row = tx.one(
            "SELECT executions, items FROM stepfunctions_map_counts WHERE run_id = :run_id AND status = :status",
            run_id=run_id,
            status=status,
        )
        if row is None or not row[0]:
            continue
        tx.run(
            "UPDATE stepfunctions_map_portions SET status = :redrive WHERE run_id = :run_id AND status = :status",
            redrive=REDRIVE,
            run_id=run_id,
            status=status,
        )
        count(tx, run_id, status, -int(row[0]), -int(row[1]))
        count(tx, run_id, STARTED, -int(row[0]), -int(row[1]))
        count(tx, run_id, REDRIVE, int(row[0]), int(row[1]))


def forget_count(tx: Transaction, run_id: str, status: str) -> None:
    """Set a count back to nothing."""
    tx.run(
        "DELETE FROM stepfunctions_map_counts WHERE run_id = :run_id AND status = :status",
        run_id=run_id,
        status=status,
    )


def forget_runs(tx: Transaction, execution_id: int) -> None:
    """Forget the map runs of an execution."""
    for table in ("portions", "counts", "ends"):
        tx.run(
            f"DELETE FROM stepfunctions_map_{table} WHERE run_id IN"
            " (SELECT id FROM stepfunctions_map_runs WHERE execution_id = :execution_id)",
            execution_id=execution_id,
        )
    tx.run("DELETE FROM stepfunctions_map_runs WHERE execution_id = :execution_id", execution_id=execution_id)


def _child(row: Row) -> Child:
    number, status, item_count, pending, given, output, arn, name, machine_arn, error, cause, started, stopped, now = (
        row
    )
    if arn is None:
        return Child(number, status, item_count, bytes(pending or b""))
    return Child(
        number,
        status,
        item_count,
        bytes(given),
        bytes(output or b""),
        arn,
        name,
        machine_arn,
        None if error is None else bytes(error).decode(),
        None if cause is None else bytes(cause).decode(),
        started,
        stopped,
        msgspec.json.decode(bytes(now), type=executions.Progress).redrive_count,
    )


def _run(row: Row) -> MapRun:
    has_count, tolerated_count, has_percentage, tolerated_percentage = row[13:17]
    values: tuple[Any, ...] = (
        *row[:13],
        int(tolerated_count) if has_count else None,
        float(tolerated_percentage) if has_percentage else None,
        *row[17:],
    )
    return MapRun(*values)
