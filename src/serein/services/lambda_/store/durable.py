"""Rows of durable executions and of their history."""

from collections.abc import Callable
from typing import Any

import msgspec

from serein.kernel.database import Row, Transaction
from serein.kernel.scope import Scope
from serein.services.lambda_.durable.events import Happening
from serein.services.lambda_.durable.executions import PAUSED, Execution, Origin, Progress
from serein.services.lambda_.durable.limits import NEVER
from serein.services.lambda_.errors import ResourceNotFoundException
from serein.services.lambda_.store.durable_operations import next_due_operation

TOPIC = "lambda:durable"
_COLUMNS = (
    "arn, account, region, function_name, version, name, is_plain, status, started_at, due_at, owner, origin, progress"
)
_origin: Callable[[bytes], Origin] = msgspec.json.Decoder(Origin).decode
_progress: Callable[[bytes], Progress] = msgspec.json.Decoder(Progress).decode
_record: Callable[[bytes], dict[str, Any]] = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.encode


def end_topic(arn: str) -> str:
    """Woken when the execution has ended."""
    return f"lambda:durable:{arn}"


def _execution(row: Row) -> Execution:
    arn, account, region, function, version, name, is_plain, status, started_at, due_at, owner, origin, progress = row
    return Execution(
        arn,
        Scope(account, region),
        function,
        version,
        name,
        status,
        started_at,
        _origin(bytes(origin)),
        _progress(bytes(progress)),
        bool(is_plain),
        due_at,
        owner,
    )


def append_execution(tx: Transaction, execution: Execution, input: bytes) -> bool:
    """Add an execution; False when its function has one of that name."""
    added = tx.run(
        f"INSERT INTO lambda_durable_executions ({_COLUMNS}, input) VALUES (:arn, :account, :region, :function,"
        " :version, :name, :is_plain, :status, :started_at, :due_at, '', :origin, :progress, :input)"
        " ON CONFLICT DO NOTHING",
        arn=execution.arn,
        account=execution.scope.account,
        region=execution.scope.region,
        function=execution.function_name,
        version=execution.version,
        name=execution.name,
        is_plain=int(execution.is_plain),
        status=execution.status,
        started_at=execution.started_at,
        due_at=tx.now,
        origin=_encode(execution.origin),
        progress=_encode(execution.progress),
        input=input,
    )
    tx.wake(TOPIC)
    return bool(added)


def find_execution(tx: Transaction, arn: str) -> Execution | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM lambda_durable_executions WHERE arn = :arn", arn=arn)
    return None if row is None else _execution(row)


def require_execution(tx: Transaction, arn: str) -> Execution:
    """Raises ResourceNotFoundException; rows of plain invocations are nobody's."""
    execution = find_execution(tx, arn)
    if execution is None or execution.is_plain:
        raise ResourceNotFoundException(f"Durable execution not found: {arn}", Type="User")
    return execution


def find_named(tx: Transaction, scope: Scope, function: str, name: str) -> Execution | None:
    row = tx.one(
        f"SELECT {_COLUMNS} FROM lambda_durable_executions WHERE account = :account AND region = :region"
        " AND function_name = :function AND name = :name",
        account=scope.account,
        region=scope.region,
        function=function,
        name=name,
    )
    return None if row is None else _execution(row)


def find_input(tx: Transaction, arn: str) -> bytes:
    row = tx.one("SELECT input FROM lambda_durable_executions WHERE arn = :arn", arn=arn)
    return b"" if row is None else bytes(row[0])


def find_outcome(tx: Transaction, arn: str) -> tuple[str | None, dict[str, Any] | None]:
    """The result and the error of an execution, of which it has one or none."""
    row = tx.one("SELECT result, error FROM lambda_durable_executions WHERE arn = :arn", arn=arn)
    if row is None:
        return None, None
    result, error = row
    return (None if result is None else bytes(result).decode()), (None if error is None else _record(bytes(error)))


def put_outcome(tx: Transaction, arn: str, result: str | None, error: dict[str, Any] | None) -> None:
    tx.run(
        "UPDATE lambda_durable_executions SET result = :result, error = :error WHERE arn = :arn",
        arn=arn,
        result=None if result is None else result.encode(),
        error=None if error is None else _encode(error),
    )


def update_execution(tx: Transaction, execution: Execution) -> None:
    """Keep how far an execution is, and when it is due; wakes the worker when that has changed."""
    due_at = _due_of(tx, execution)
    tx.run(
        "UPDATE lambda_durable_executions SET status = :status, due_at = :due_at, owner = :owner,"
        " progress = :progress WHERE arn = :arn",
        arn=execution.arn,
        status=execution.status,
        due_at=due_at,
        owner=execution.owner,
        progress=_encode(execution.progress),
    )
    if due_at != execution.due_at:
        execution.due_at = due_at
        tx.wake(TOPIC)


def _due_of(tx: Transaction, execution: Execution) -> float:
    progress = execution.progress
    if execution.is_ended:
        return execution.forgotten_at
    due = execution.times_out_at
    if execution.is_in_flight:
        due = min(due, progress.lease_until)
    elif execution.status != PAUSED:
        due = min(due, progress.invoke_at)
    return due if execution.is_plain else min(due, next_due_operation(tx, execution.arn))


def list_due(tx: Transaction, limit: int) -> list[Execution]:
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM lambda_durable_executions WHERE due_at <= :now ORDER BY due_at LIMIT :limit",
        now=tx.now,
        limit=limit,
    )
    return [_execution(row) for row in rows]


def next_due(tx: Transaction) -> float | None:
    row = tx.one("SELECT due_at FROM lambda_durable_executions ORDER BY due_at LIMIT 1")
    return None if row is None or row[0] >= NEVER else float(row[0])


def list_owned(tx: Transaction) -> list[Execution]:
    """Those that somebody runs."""
    rows = tx.all(f"SELECT {_COLUMNS} FROM lambda_durable_executions WHERE owner <> ''")
    return [_execution(row) for row in rows]


def remove_execution(tx: Transaction, arn: str) -> None:
    for table in ("lambda_durable_events", "lambda_durable_operations", "lambda_durable_executions"):
        tx.run(f"DELETE FROM {table} WHERE arn = :arn", arn=arn)


def list_executions(tx: Transaction, scope: Scope, function: str, filters: dict[str, Any]) -> list[Execution]:
    """The durable executions of a function by their start; `filters` are those of ListDurableExecutionsByFunction."""
    order, beyond = ("ASC", ">") if filters["is_ascending"] else ("DESC", "<")
    values = {"account": scope.account, "region": scope.region, "function": function, "limit": filters["limit"]}
    conditions = ["account = :account", "region = :region", "function_name = :function", "is_plain = 0"]
    for key, condition in _CONDITIONS.items():
        if filters.get(key) is not None:
            conditions.append(condition)
            values[key] = filters[key]
    if statuses := filters.get("statuses"):
        names = {f"status{index}": status for index, status in enumerate(statuses)}
        conditions.append(f"status IN ({', '.join(f':{name}' for name in names)})")
        values |= names
    if filters.get("place"):
        conditions.append(f"(started_at, arn) {beyond} (:place_time, :place_arn)")
        values["place_time"], values["place_arn"] = filters["place"]
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM lambda_durable_executions WHERE {' AND '.join(conditions)}"
        f" ORDER BY started_at {order}, arn {order} LIMIT :limit",
        **values,
    )
    return [_execution(row) for row in rows]


_CONDITIONS = {
    "name": "name = :name",
    "version": "version = :version",
    "started_after": "started_at > :started_after",
    "started_before": "started_at < :started_before",
}


def append_event(tx: Transaction, execution: Execution, event: Happening) -> None:
    execution.progress.event_count += 1
    id = execution.progress.event_count
    tx.run(
        "INSERT INTO lambda_durable_events (arn, id, record) VALUES (:arn, :id, :record)",
        arn=execution.arn,
        id=id,
        record=_encode({"EventId": id, **event}),
    )


def list_events(tx: Transaction, arn: str, after: int, limit: int, *, is_reversed: bool) -> list[tuple[Happening, int]]:
    """Events, with their sizes in bytes, beyond the place `after`, which is 0 for the first page."""
    order, beyond = ("DESC", "<") if is_reversed else ("ASC", ">")
    where = f" AND id {beyond} :after" if after else ""
    rows = tx.all(
        f"SELECT record FROM lambda_durable_events WHERE arn = :arn{where} ORDER BY id {order} LIMIT :limit",
        arn=arn,
        limit=limit,
        **({"after": after} if after else {}),
    )
    return [(_record(bytes(row[0])), len(row[0])) for row in rows]


def keep_reply(tx: Transaction, arn: str, client_token: str, checkpoint_token: str, reply: dict[str, Any]) -> None:
    """Remember the reply to a checkpoint, for a client that didn't hear it."""
    kept = {"client_token": client_token, "checkpoint_token": checkpoint_token, "at": tx.now, "reply": reply}
    tx.run("UPDATE lambda_durable_executions SET last_reply = :kept WHERE arn = :arn", arn=arn, kept=_encode(kept))


def find_reply(tx: Transaction, arn: str) -> dict[str, Any] | None:
    row = tx.one("SELECT last_reply FROM lambda_durable_executions WHERE arn = :arn", arn=arn)
    return None if row is None or row[0] is None else _record(bytes(row[0]))
