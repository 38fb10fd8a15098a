"""The rows of executions."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from serein.kernel.arn import find_arn
from serein.kernel.database import Row, Transaction
from serein.kernel.scope import Scope
from serein.services.stepfunctions.errors import ExecutionDoesNotExist
from serein.services.stepfunctions.interpreter.outcomes import PENDING_REDRIVE, RUNNING, Ended
from serein.services.stepfunctions.store.large import INPUT, LARGE_BYTES, find_large, put_large


class Origin(msgspec.Struct, omit_defaults=True):
    """What never changes of an execution."""

    revision_id: str
    machine_name: str
    version_arn: str = ""
    alias_arn: str = ""
    trace_id: str = ""
    state_name: str = ""
    """The Map state whose processor it runs, when it is a child of a map run."""
    item_count: int = 0
    """How many items a child of a map run works on."""


class Progress(msgspec.Struct, omit_defaults=True):
    """What every step changes."""

    last_event: int = 0
    next_frame_id: int = 2
    redrive_count: int = 0
    redriven_at: float = 0.0
    has_large: bool = False
    """Whether frames have large data."""
    redrive_tokens: list[tuple[str, float]] = []
    """The latest client tokens of redrives, and when they were used."""


@dataclass(slots=True)
class Execution:
    """An execution without its payloads. Times are seconds since the epoch; `stopped_at` is 0 while it runs."""

    id: int
    arn: str
    machine_arn: str
    """Without a version or an alias; of a child of a map run with the label of its Map state."""
    name: str
    status: str
    is_express: bool
    started_at: float
    stopped_at: float
    map_run_arn: str
    origin: Origin
    progress: Progress

    @property
    def scope(self) -> Scope:
        parts = self.arn.split(":", 5)
        return Scope(parts[4], parts[3])


@dataclass(frozen=True, slots=True)
class Payloads:
    """What went into an execution and what came out of it."""

    input: str
    output: str | None
    error: str | None
    cause: str | None


_COLUMNS = "id, arn, machine_arn, name, status, is_express, started_at, stopped_at, map_run_arn, origin, progress"
_SELECT = f"SELECT {_COLUMNS} FROM stepfunctions_executions"
_origin: Callable[[bytes], Origin] = msgspec.json.Decoder(Origin).decode
_progress: Callable[[bytes], Progress] = msgspec.json.Decoder(Progress).decode
_encode = msgspec.json.encode


def end_topic(arn: str) -> str:
    """Woken when the execution has ended."""
    return f"stepfunctions:execution:{arn}"


def _execution(row: Row) -> Execution:
    id, arn, machine_arn, name, status, is_express, started_at, stopped_at, map_run_arn, origin, progress = row
    return Execution(
        id,
        arn,
        machine_arn,
        name,
        status,
        bool(is_express),
        started_at,
        stopped_at,
        map_run_arn,
        _origin(bytes(origin)),
        _progress(bytes(progress)),
    )


def append_execution(tx: Transaction, execution: Execution, input: str) -> bool:
    """Add an execution; False when there is one with its ARN."""
    content = input.encode()
    is_large = len(content) > LARGE_BYTES
    added = tx.run(
        f"INSERT INTO stepfunctions_executions ({_COLUMNS}, input) VALUES (:id, :arn, :machine_arn, :name, :status,"
        " :is_express, :started_at, 0.0, :map_run_arn, :origin, :progress, :input) ON CONFLICT (arn) DO NOTHING",
        id=execution.id,
        arn=execution.arn,
        machine_arn=execution.machine_arn,
        name=execution.name,
        status=execution.status,
        is_express=int(execution.is_express),
        started_at=execution.started_at,
        map_run_arn=execution.map_run_arn,
        origin=_encode(execution.origin),
        progress=_encode(execution.progress),
        input=b"" if is_large else content,
    )
    if added and is_large:
        put_large(tx, execution.id, INPUT, content)
    if added and execution.map_run_arn:
        tx.run(
            "INSERT INTO stepfunctions_map_children (map_run_arn, execution_id) VALUES (:arn, :id)",
            arn=execution.map_run_arn,
            id=execution.id,
        )
    return bool(added)


def find_execution(tx: Transaction, execution_id: int) -> Execution | None:
    row = tx.one(f"{_SELECT} WHERE id = :id", id=execution_id)
    return None if row is None else _execution(row)


def find_by_arn(tx: Transaction, arn: str) -> Execution | None:
    row = tx.one(f"{_SELECT} WHERE arn = :arn", arn=arn)
    return None if row is None else _execution(row)


def require_execution(tx: Transaction, scope: Scope, arn: str) -> Execution:
    """The execution of an ARN in an account and region. Raises ExecutionDoesNotExist."""
    parsed = find_arn(arn)
    found = find_by_arn(tx, arn) if parsed is not None and parsed.scope == scope else None
    if found is None:
        raise ExecutionDoesNotExist(f"Execution Does Not Exist: '{arn}'")
    return found


def find_input(tx: Transaction, execution_id: int) -> str:
    row = tx.one("SELECT input FROM stepfunctions_executions WHERE id = :id", id=execution_id)
    return "" if row is None else (bytes(row[0]) or find_large(tx, execution_id, INPUT)).decode()


def payloads_of(tx: Transaction, execution_id: int) -> Payloads:
    row = tx.one("SELECT input, output, error, cause FROM stepfunctions_executions WHERE id = :id", id=execution_id)
    if row is None:
        raise LookupError(f"there is no execution {execution_id}")
    input, output, error, cause = (None if value is None else bytes(value).decode() for value in row)
    return Payloads(input or find_large(tx, execution_id, INPUT).decode(), output, error, cause)


def update_progress(tx: Transaction, execution: Execution) -> None:
    """Store how far an execution that goes on has come."""
    tx.run(
        "UPDATE stepfunctions_executions SET progress = :progress WHERE id = :id",
        id=execution.id,
        progress=_encode(execution.progress),
    )


def end_execution(tx: Transaction, execution: Execution, ended: Ended) -> None:
    """Store how an execution has ended, and wake who waits for that."""
    execution.status, execution.stopped_at = ended.status, tx.now
    tx.run(
        "UPDATE stepfunctions_executions SET progress = :progress, status = :status, stopped_at = :now,"
        " output = :output, error = :error, cause = :cause WHERE id = :id",
        id=execution.id,
        progress=_encode(execution.progress),
        status=ended.status,
        now=tx.now,
        output=_bytes(ended.output),
        error=_bytes(ended.error),
        cause=_bytes(ended.cause),
    )
    tx.wake(end_topic(execution.arn))


def reopen_execution(tx: Transaction, execution: Execution) -> None:
    """Have an execution that ended run again."""
    execution.status, execution.stopped_at = RUNNING, 0.0
    tx.run(
        "UPDATE stepfunctions_executions SET progress = :progress, status = :status, stopped_at = 0.0,"
        " output = NULL, error = NULL, cause = NULL WHERE id = :id",
        id=execution.id,
        progress=_encode(execution.progress),
        status=RUNNING,
    )


def remove_execution(tx: Transaction, execution: Execution) -> None:
    """Forget an execution and all that is known of it."""
    for table in ("frames", "large", "timers", "watches", "history", "texts"):
        tx.run(f"DELETE FROM stepfunctions_{table} WHERE execution_id = :id", id=execution.id)
    if execution.map_run_arn:
        tx.run(
            "DELETE FROM stepfunctions_map_children WHERE map_run_arn = :arn AND execution_id = :id",
            arn=execution.map_run_arn,
            id=execution.id,
        )
    tx.run("DELETE FROM stepfunctions_executions WHERE id = :id", id=execution.id)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which executions are listed: those of a machine, or the children of a map run."""

    machine_arn: str = ""
    map_run_arn: str = ""
    run_id: str = ""
    """The id of that map run."""
    status: str = ""


def list_executions(tx: Transaction, wanted: Filter, before: int, limit: int) -> list[Execution]:
    """The latest first, those with an id below `before` (0: all)."""
    clauses: list[str] = []
    values: dict[str, object] = {"limit": limit}
    if wanted.map_run_arn:
        clauses.append("id IN (SELECT execution_id FROM stepfunctions_map_children WHERE map_run_arn = :map_run_arn)")
        values["map_run_arn"] = wanted.map_run_arn
    else:
        clauses.append("machine_arn = :machine_arn AND is_express = 0")
        values["machine_arn"] = wanted.machine_arn
    if wanted.status == PENDING_REDRIVE:
        clauses.append(
            "id IN (SELECT execution_id FROM stepfunctions_map_portions WHERE run_id = :run_id AND status = :status)"
        )
        values |= {"run_id": wanted.run_id, "status": wanted.status}
    elif wanted.status:
        clauses.append("status = :status")
        values["status"] = wanted.status
    if before:
        clauses.append("id < :before")
        values["before"] = before
    rows = tx.all(f"{_SELECT} WHERE {' AND '.join(clauses)} ORDER BY id DESC LIMIT :limit", **values)
    return [_execution(row) for row in rows]


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode()
