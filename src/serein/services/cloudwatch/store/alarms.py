"""Rows of alarms and of their history."""

import json
from collections.abc import Iterable
from typing import Any

from serein.kernel.database import Row, Transaction
from serein.kernel.ids import new_request_id
from serein.kernel.scope import Scope
from serein.services.cloudwatch.alarms import Alarm, State
from serein.services.cloudwatch.history import HistoryItem, HistoryWanted
from serein.services.cloudwatch.store.dues import ALARMS_TOPIC

STATES_TOPIC = "cloudwatch:alarms"
"""Woken when an alarm's state changed, or an alarm went: for other services."""
HISTORY_SECONDS = 30 * 86_400
"""AWS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html"""
_KEY = "account = :account AND region = :region"
_COLUMNS = "arn, account, region, name, kind, definition, state, tags"


def _key(scope: Scope) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region}


def _alarm(row: Row) -> Alarm:
    arn, account, region, name, kind, definition, state, tags = row
    return Alarm(
        arn, Scope(account, region), name, kind, json.loads(definition), State(*json.loads(state)), json.loads(tags)
    )


def find_alarm(tx: Transaction, scope: Scope, name: str) -> Alarm | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM cloudwatch_alarms WHERE {_KEY} AND name = :name", name=name, **_key(scope))
    return None if row is None else _alarm(row)


def find_alarm_by_arn(tx: Transaction, arn: str) -> Alarm | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM cloudwatch_alarms WHERE arn = :arn", arn=arn)
    return None if row is None else _alarm(row)


def put_alarm(tx: Transaction, alarm: Alarm, due_at: float | None) -> None:
    """Store an alarm, and when to look at it next."""
    tx.run(
        "INSERT INTO cloudwatch_alarms (arn, account, region, name, kind, definition, state_value, state, tags, due_at)"
        " VALUES (:arn, :account, :region, :name, :kind, :definition, :value, :state, :tags, :due_at)"
        " ON CONFLICT (arn) DO UPDATE SET kind = :kind, definition = :definition, state_value = :value,"
        " state = :state, tags = :tags, due_at = :due_at",
        arn=alarm.arn,
        name=alarm.name,
        kind=alarm.kind,
        definition=json.dumps(alarm.definition),
        value=alarm.state.value,
        state=json.dumps(alarm.state),
        tags=json.dumps(alarm.tags),
        due_at=due_at,
        **_key(alarm.scope),
    )
    tx.wake(ALARMS_TOPIC)


def put_state(tx: Transaction, alarm: Alarm) -> None:
    """Store an alarm's state; when it is due stays."""
    tx.run(
        "UPDATE cloudwatch_alarms SET state_value = :value, state = :state WHERE arn = :arn",
        arn=alarm.arn,
        value=alarm.state.value,
        state=json.dumps(alarm.state),
    )
    tx.wake(STATES_TOPIC)


def put_definition(tx: Transaction, alarm: Alarm) -> None:
    """Store what was put, and the tags."""
    tx.run(
        "UPDATE cloudwatch_alarms SET definition = :definition, tags = :tags WHERE arn = :arn",
        arn=alarm.arn,
        definition=json.dumps(alarm.definition),
        tags=json.dumps(alarm.tags),
    )


def set_due(tx: Transaction, arn: str, due_at: float | None) -> None:
    tx.run("UPDATE cloudwatch_alarms SET due_at = :due_at WHERE arn = :arn", arn=arn, due_at=due_at)
    tx.wake(ALARMS_TOPIC)


def hasten(tx: Transaction, metric_id: str, due_at: float) -> None:
    """Have the alarms on a metric looked at by a time."""
    changed = tx.run(
        "UPDATE cloudwatch_alarms SET due_at = :due_at WHERE (due_at IS NULL OR due_at > :due_at)"
        " AND arn IN (SELECT alarm_arn FROM cloudwatch_alarm_metrics WHERE metric_id = :metric_id)",
        metric_id=metric_id,
        due_at=due_at,
    )
    if changed:
        tx.wake(ALARMS_TOPIC)


def due_alarms(tx: Transaction, now: float, limit: int) -> list[Alarm]:
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM cloudwatch_alarms WHERE due_at <= :now ORDER BY due_at LIMIT :limit",
        now=now,
        limit=limit,
    )
    return [_alarm(row) for row in rows]


def watch_metrics(tx: Transaction, arn: str, metric_ids: Iterable[str]) -> None:
    """Say which metrics an alarm is on."""
    tx.run("DELETE FROM cloudwatch_alarm_metrics WHERE alarm_arn = :arn", arn=arn)
    for id in set(metric_ids):
        tx.run("INSERT INTO cloudwatch_alarm_metrics (alarm_arn, metric_id) VALUES (:arn, :id)", arn=arn, id=id)


def watch_alarms(tx: Transaction, arn: str, children: Iterable[str], suppressor: str) -> None:
    """Say which alarms a composite one is on."""
    tx.run("DELETE FROM cloudwatch_alarm_children WHERE alarm_arn = :arn", arn=arn)
    for child, is_suppressor in [(child, 0) for child in set(children)] + ([(suppressor, 1)] if suppressor else []):
        tx.run(
            "INSERT INTO cloudwatch_alarm_children (alarm_arn, child_arn, is_suppressor)"
            " VALUES (:arn, :child, :is_suppressor)",
            arn=arn,
            child=child,
            is_suppressor=is_suppressor,
        )


def parents_of(tx: Transaction, arn: str) -> list[Alarm]:
    """The composite alarms that an alarm is in, as a child or as what suppresses their actions."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM cloudwatch_alarms WHERE arn IN"
        " (SELECT alarm_arn FROM cloudwatch_alarm_children WHERE child_arn = :arn) ORDER BY name",
        arn=arn,
    )
    return [_alarm(row) for row in rows]


def children_of(tx: Transaction, arn: str) -> list[str]:
    """The ARNs of the alarms in a composite alarm's rule."""
    rows = tx.all(
        "SELECT child_arn FROM cloudwatch_alarm_children WHERE alarm_arn = :arn AND is_suppressor = 0", arn=arn
    )
    return [row[0] for row in rows]


def states_of(tx: Transaction, arns: Iterable[str]) -> dict[str, str]:
    """The states of those alarms that are there."""
    found = {}
    for arn in arns:
        row = tx.one("SELECT state_value FROM cloudwatch_alarms WHERE arn = :arn", arn=arn)
        if row is not None:
            found[arn] = row[0]
    return found


def alarms_of_metric(tx: Transaction, metric_id: str) -> list[Alarm]:
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM cloudwatch_alarms WHERE arn IN"
        " (SELECT alarm_arn FROM cloudwatch_alarm_metrics WHERE metric_id = :id) ORDER BY name",
        id=metric_id,
    )
    return [_alarm(row) for row in rows]


def list_alarms(
    tx: Transaction, scope: Scope, prefix: str, kinds: Iterable[str], after: tuple[str, str]
) -> list[Alarm]:
    """All alarms of some kinds whose names begin so, by kind and name, after a position."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM cloudwatch_alarms WHERE {_KEY} AND SUBSTR(name, 1, :length) = :prefix"
        " AND (kind, name) > (:kind, :name) ORDER BY kind, name",
        prefix=prefix,
        length=len(prefix),
        kind=after[0],
        name=after[1],
        **_key(scope),
    )
    return [alarm for alarm in map(_alarm, rows) if alarm.kind in kinds]


def delete_alarm(tx: Transaction, arn: str) -> None:
    for table in ("cloudwatch_alarm_metrics", "cloudwatch_alarm_children"):
        tx.run(f"DELETE FROM {table} WHERE alarm_arn = :arn", arn=arn)
    tx.run("DELETE FROM cloudwatch_alarms WHERE arn = :arn", arn=arn)
    tx.wake(STATES_TOPIC)


def append_history(tx: Transaction, alarm: Alarm, item_type: str, summary: str, data: dict[str, Any]) -> None:
    """Write down what happened to an alarm; items older than AWS keeps them go."""
    row = tx.one(
        f"SELECT MAX(sequence) FROM cloudwatch_alarm_history WHERE {_KEY} AND name = :name",
        name=alarm.name,
        **_key(alarm.scope),
    )
    tx.run("DELETE FROM cloudwatch_alarm_history WHERE happened_at < :before", before=tx.now - HISTORY_SECONDS)
    tx.run(
        "INSERT INTO cloudwatch_alarm_history"
        " (id, account, region, name, kind, item_type, happened_at, sequence, summary, data)"
        " VALUES (:id, :account, :region, :name, :kind, :item_type, :now, :sequence, :summary, :data)",
        id=new_request_id(),
        name=alarm.name,
        kind=alarm.kind,
        item_type=item_type,
        now=tx.now,
        sequence=(row[0] if row is not None and row[0] is not None else 0) + 1,
        summary=summary[:255],
        data=json.dumps(data, separators=(",", ":"))[:4095],
        **_key(alarm.scope),
    )


def list_history(tx: Transaction, wanted: HistoryWanted) -> list[HistoryItem]:
    """What happened to an account's alarms, in the order wanted."""
    values: dict[str, Any] = {**_key(wanted.scope), "start": max(wanted.start, tx.now - HISTORY_SECONDS)}
    where = f"{_KEY} AND happened_at >= :start"
    for condition, name, value in (
        ("happened_at <= :end", "end", wanted.end),
        ("name = :name", "name", wanted.name),
        ("item_type = :item_type", "item_type", wanted.item_type),
        ("kind = :kind", "kind", wanted.kind),
    ):
        if value is not None:
            where += f" AND {condition}"
            values[name] = value
    order = "ASC" if wanted.is_ascending else "DESC"
    rows = tx.all(
        "SELECT name, kind, item_type, happened_at, summary, data FROM cloudwatch_alarm_history"
        f" WHERE {where} ORDER BY happened_at {order}, sequence {order}, name LIMIT :limit OFFSET :offset",
        limit=wanted.limit,
        offset=wanted.offset,
        **values,
    )
    return [HistoryItem(*row) for row in rows]
