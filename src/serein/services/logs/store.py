"""CloudWatch Logs' SQL."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from serein.kernel.database import Row, Transaction
from serein.kernel.ids import random_bytes
from serein.kernel.scope import Scope
from serein.services.logs.errors import (
    STREAM_EXISTS,
    STREAM_MISSING,
    LimitExceededException,
    ResourceAlreadyExistsException,
    ResourceNotFoundException,
)
from serein.services.logs.events import NewEvent, Position, StoredEvent
from serein.services.logs.groups import LogGroup, LogStream, parse_tags

_GROUP = "id, name, class, kms_key, is_protected, retention_days, created_ms, tags"
_STREAM = "id, name, created_ms, first_event_ms, last_event_ms, last_ingestion_ms"
_EVENT = "stream_id, timestamp_ms, sequence, ingested_ms, message"
_ROWS_PER_INSERT = 64
HIGH = "\U0010ffff"


def _new_id() -> int:
    return int.from_bytes(random_bytes(8)) >> 1


def _group(row: Row) -> LogGroup:
    return LogGroup(row[0], row[1], row[2], row[3], bool(row[4]), row[5], row[6], parse_tags(row[7]))


def _event(row: Row) -> StoredEvent:
    return StoredEvent(row[0], row[1], row[2], row[3], row[4].decode())


def find_group(tx: Transaction, scope: Scope, name: str) -> LogGroup | None:
    row = tx.one(
        f"SELECT {_GROUP} FROM logs_groups WHERE account = :account AND region = :region AND name = :name",
        account=scope.account,
        region=scope.region,
        name=name,
    )
    return None if row is None else _group(row)


def require_group(tx: Transaction, scope: Scope, name: str) -> LogGroup:
    group = find_group(tx, scope, name)
    if group is None:
        raise ResourceNotFoundException
    return group


def append_group(
    tx: Transaction,
    scope: Scope,
    name: str,
    log_class: str = "STANDARD",
    kms_key: str = "",
    tags: dict[str, str] | None = None,
    *,
    is_protected: bool = False,
) -> None:
    """Add a group. Raises ResourceAlreadyExistsException."""
    added = tx.run(
        "INSERT INTO logs_groups (id, account, region, name, class, kms_key, is_protected, retention_days, created_ms,"
        " tags) VALUES (:id, :account, :region, :name, :class_, :kms_key, :is_protected, 0, :created_ms, :tags)"
        " ON CONFLICT DO NOTHING",
        id=_new_id(),
        account=scope.account,
        region=scope.region,
        name=name,
        class_=log_class,
        kms_key=kms_key,
        is_protected=int(is_protected),
        created_ms=int(tx.now * 1000),
        tags=json.dumps(tags or {}),
    )
    if not added:
        raise ResourceAlreadyExistsException


def list_groups(tx: Transaction, scope: Scope, after: str, prefix: str, limit: int) -> list[LogGroup]:
    """Groups by name, after a name, whose names begin with `prefix`."""
    rows = tx.all(
        f"SELECT {_GROUP} FROM logs_groups WHERE account = :account AND region = :region AND name > :after"
        " AND name >= :prefix AND name < :past ORDER BY name LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after=after,
        prefix=prefix,
        past=prefix + HIGH,
        limit=limit,
    )
    return [_group(row) for row in rows]


def bytes_of_group(tx: Transaction, group_id: int) -> int:
    row = tx.one("SELECT sum(stored_bytes) FROM logs_streams WHERE group_id = :id", id=group_id)
    return int(row[0]) if row and row[0] is not None else 0


def remove_group(tx: Transaction, group_id: int) -> None:
    tx.run("DELETE FROM logs_events WHERE group_id = :id", id=group_id)
    tx.run("DELETE FROM logs_streams WHERE group_id = :id", id=group_id)
    tx.run("DELETE FROM logs_groups WHERE id = :id", id=group_id)


def update_group(
    tx: Transaction, group: LogGroup, retention_days: int, tags: dict[str, str], *, is_protected: bool
) -> None:
    tx.run(
        "UPDATE logs_groups SET retention_days = :days, tags = :tags, is_protected = :is_protected WHERE id = :id",
        days=retention_days,
        tags=json.dumps(tags),
        is_protected=int(is_protected),
        id=group.id,
    )


def groups_with_retention(tx: Transaction) -> list[LogGroup]:
    return [_group(row) for row in tx.all(f"SELECT {_GROUP} FROM logs_groups WHERE retention_days > 0")]


def remove_events_before(tx: Transaction, group_id: int, timestamp_ms: int) -> None:
    tx.run("DELETE FROM logs_events WHERE group_id = :id AND timestamp_ms < :before", id=group_id, before=timestamp_ms)
    tx.run(
        "UPDATE logs_streams SET stored_bytes = 0 WHERE group_id = :id AND last_event_ms < :before",
        id=group_id,
        before=timestamp_ms,
    )


def append_stream(tx: Transaction, group_id: int, name: str) -> None:
    """Add a stream. Raises ResourceAlreadyExistsException."""
    added = tx.run(
        "INSERT INTO logs_streams (id, group_id, name, created_ms, first_event_ms, last_event_ms, last_ingestion_ms,"
        " event_count, stored_bytes) VALUES (:id, :group_id, :name, :now, -1, -1, -1, 0, 0) ON CONFLICT DO NOTHING",
        id=_new_id(),
        group_id=group_id,
        name=name,
        now=int(tx.now * 1000),
    )
    if not added:
        raise ResourceAlreadyExistsException(STREAM_EXISTS)


def require_stream(tx: Transaction, group_id: int, name: str) -> LogStream:
    row = tx.one(f"SELECT {_STREAM} FROM logs_streams WHERE group_id = :id AND name = :name", id=group_id, name=name)
    if row is None:
        raise ResourceNotFoundException(STREAM_MISSING)
    return LogStream(*row)


def remove_stream(tx: Transaction, stream_id: int) -> None:
    tx.run("DELETE FROM logs_events WHERE stream_id = :id", id=stream_id)
    tx.run("DELETE FROM logs_streams WHERE id = :id", id=stream_id)


def list_streams(
    tx: Transaction, group_id: int, prefix: str, after: str | None, limit: int, *, is_descending: bool
) -> list[LogStream]:
    """Streams by name, those whose names begin with `prefix`."""
    bound = "" if after is None else f" AND name {'<' if is_descending else '>'} :after"
    rows = tx.all(
        f"SELECT {_STREAM} FROM logs_streams WHERE group_id = :id AND name >= :prefix AND name < :past{bound}"
        f" ORDER BY name {'DESC' if is_descending else 'ASC'} LIMIT :limit",
        id=group_id,
        prefix=prefix,
        past=prefix + HIGH,
        limit=limit,
        **({} if after is None else {"after": after}),
    )
    return [LogStream(*row) for row in rows]


def list_streams_by_time(
    tx: Transaction, group_id: int, after: tuple[int, str] | None, limit: int, *, is_descending: bool
) -> list[LogStream]:
    """Streams by the time of their last event."""
    direction, order = ("<", "DESC") if is_descending else (">", "ASC")
    bound = "" if after is None else f" AND (last_event_ms, name) {direction} (:after_ms, :after_name)"
    rows = tx.all(
        f"SELECT {_STREAM} FROM logs_streams WHERE group_id = :id{bound}"
        f" ORDER BY last_event_ms {order}, name {order} LIMIT :limit",
        id=group_id,
        limit=limit,
        **({} if after is None else {"after_ms": after[0], "after_name": after[1]}),
    )
    return [LogStream(*row) for row in rows]


def streams_named(tx: Transaction, group_id: int, names: Sequence[str], prefix: str) -> dict[int, str]:
    """The names by id of the streams listed, or of those with a prefix."""
    if not names:
        rows = tx.all(
            "SELECT id, name FROM logs_streams WHERE group_id = :id AND name >= :prefix AND name < :past",
            id=group_id,
            prefix=prefix,
            past=prefix + HIGH,
        )
        return dict(rows)
    return {(stream := require_stream(tx, group_id, name)).id: stream.name for name in names}


@lru_cache(maxsize=_ROWS_PER_INSERT + 1)
def _insert_events(count: int) -> str:
    rows = ", ".join(f"(:g, :s, :t{n}, :q{n}, :i, :m{n})" for n in range(count))
    return f"INSERT INTO logs_events (group_id, stream_id, timestamp_ms, sequence, ingested_ms, message) VALUES {rows}"


def append_events(tx: Transaction, scope: Scope, group: str, stream: str, events: list[NewEvent]) -> bool:
    """Append events to a stream; False when there is no such group or stream."""
    now_ms = int(tx.now * 1000)
    first = min(event.timestamp_ms for event in events)
    last = max(event.timestamp_ms for event in events)
    row = tx.one(
        "UPDATE logs_streams SET event_count = event_count + :count, stored_bytes = stored_bytes + :size,"
        " last_ingestion_ms = :now_ms,"
        " last_event_ms = CASE WHEN last_event_ms < :last THEN :last ELSE last_event_ms END,"
        " first_event_ms = CASE WHEN first_event_ms < 0 OR first_event_ms > :first THEN :first ELSE first_event_ms END"
        " WHERE name = :stream AND group_id ="
        " (SELECT id FROM logs_groups WHERE account = :account AND region = :region AND name = :group)"
        " RETURNING id, group_id, event_count",
        count=len(events),
        size=sum(len(event.message) for event in events) + 26 * len(events),
        now_ms=now_ms,
        first=first,
        last=last,
        stream=stream,
        account=scope.account,
        region=scope.region,
        group=group,
    )
    if row is None:
        return False
    stream_id, group_id, count = row
    sequence = count - len(events)
    for start in range(0, len(events), _ROWS_PER_INSERT):
        part = events[start : start + _ROWS_PER_INSERT]
        values: dict[str, Any] = {"g": group_id, "s": stream_id, "i": now_ms}
        for n, event in enumerate(part):
            sequence += 1
            values[f"t{n}"], values[f"q{n}"], values[f"m{n}"] = event.timestamp_ms, sequence, event.message
        tx.run(_insert_events(len(part)), **values)
    return True


def events_of_stream(
    tx: Transaction, stream_id: int, window: tuple[int, int], position: Position | None, limit: int, *, is_forward: bool
) -> list[StoredEvent]:
    """Up to `limit` events of a stream in `window` (from, before), ascending; the latest when going backward."""
    bound, order = "", "ASC" if is_forward else "DESC"
    if position is not None:
        bound = f" AND (timestamp_ms, sequence) {'>' if is_forward else '<'} (:after_ms, :after_sequence)"
    rows = tx.all(
        f"SELECT {_EVENT} FROM logs_events WHERE stream_id = :id AND timestamp_ms >= :start AND timestamp_ms < :end"
        f"{bound} ORDER BY timestamp_ms {order}, sequence {order} LIMIT :limit",
        id=stream_id,
        start=window[0],
        end=window[1],
        limit=limit,
        **({} if position is None else {"after_ms": position.timestamp_ms, "after_sequence": position.sequence}),
    )
    events = [_event(row) for row in rows]
    return events if is_forward else events[::-1]


def events_of_group(
    tx: Transaction,
    group_id: int,
    streams: Sequence[int] | None,
    window: tuple[int, int],
    position: tuple[int, int, int] | None,
    limit: int,
    *,
    is_forward: bool,
) -> list[StoredEvent]:
    """Up to `limit` events of a group, of some streams or of all, in time order from a (time, stream, sequence)."""
    comparison, order = (">", "ASC") if is_forward else ("<", "DESC")
    start, end = window
    only = bound = ""
    values: dict[str, int] = {}
    if streams is not None:
        values = {f"s{n}": id for n, id in enumerate(streams)}
        only = f" AND stream_id IN ({', '.join(':' + name for name in values)})"
    if position is not None:
        start, end = (max(start, position[0]), end) if is_forward else (start, min(end, position[0] + 1))
        bound = f" AND (timestamp_ms, stream_id, sequence) {comparison} (:at_ms, :at_stream, :at_sequence)"
        values |= {"at_ms": position[0], "at_stream": position[1], "at_sequence": position[2]}
    rows = tx.all(
        f"SELECT {_EVENT} FROM logs_events WHERE group_id = :id AND timestamp_ms >= :start AND timestamp_ms < :end"
        f"{bound}{only} ORDER BY timestamp_ms {order}, stream_id {order}, sequence {order} LIMIT :limit",
        id=group_id,
        start=start,
        end=end,
        limit=limit,
        **values,
    )
    return [_event(row) for row in rows]


def put_resource_policy(tx: Transaction, scope: Scope, name: str, document: str, most: int) -> int:
    """Store a policy; when it was. Raises LimitExceededException when there are `most` others already."""
    others = "account = :account AND region = :region AND name <> :name"
    place = {"account": scope.account, "region": scope.region, "name": name}
    count = tx.one(f"SELECT COUNT(*) FROM logs_resource_policies WHERE {others}", **place)
    if count is not None and count[0] >= most:
        raise LimitExceededException
    updated_ms = int(tx.now * 1000)
    tx.run(
        "INSERT INTO logs_resource_policies (account, region, name, document, updated_ms)"
        " VALUES (:account, :region, :name, :document, :updated_ms)"
        " ON CONFLICT (account, region, name) DO UPDATE SET document = :document, updated_ms = :updated_ms",
        **place,
        document=document,
        updated_ms=updated_ms,
    )
    return updated_ms


def delete_resource_policy(tx: Transaction, scope: Scope, name: str) -> bool:
    deleted = tx.run(
        "DELETE FROM logs_resource_policies WHERE account = :account AND region = :region AND name = :name",
        account=scope.account,
        region=scope.region,
        name=name,
    )
    return bool(deleted)


def resource_policies(tx: Transaction, scope: Scope, after: str, limit: int) -> list[Row]:
    """Names, documents and times of policies, by name."""
    return tx.all(
        "SELECT name, document, updated_ms FROM logs_resource_policies"
        " WHERE account = :account AND region = :region AND name > :after ORDER BY name LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after=after,
        limit=limit,
    )
