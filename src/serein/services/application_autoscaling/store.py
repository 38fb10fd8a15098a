"""All of Application Auto Scaling's SQL."""

import json
from typing import Any, NamedTuple

from serein.kernel.database import Row, Transaction
from serein.kernel.scope import Scope
from serein.services.application_autoscaling.errors import ObjectNotFoundException, ResourceNotFoundException
from serein.services.application_autoscaling.targets import (
    Address,
    ScalableTarget,
    TargetDefinition,
    encode_definition,
    target_of,
)

TOPIC = "application-autoscaling:due"
"""Woken when something may be due earlier than it was."""
POLICIES = "application_autoscaling_policies"
ACTIONS = "application_autoscaling_actions"
ACTIVITY_SECONDS = 42 * 86_400.0
"""AWS: activities of the last six weeks are shown."""
_COLUMNS = "t.arn, t.account, t.region, t.namespace, t.resource_id, t.dimension, t.definition"
_FROM = "FROM application_autoscaling_targets t"
_WIDTH = 7
Definition = dict[str, Any]


class Part(NamedTuple):
    """A scaling policy or a scheduled action, and its target."""

    target: ScalableTarget
    name: str
    definition: Definition


class Filter(NamedTuple):
    """What a Describe operation wants to see."""

    scope: Scope
    namespace: str
    resource_ids: tuple[str, ...] = ()
    dimension: str | None = None
    names: tuple[str, ...] = ()
    after: tuple[Any, ...] | None = None
    """The position after which to go on."""
    limit: int = 50


def find_target(tx: Transaction, scope: Scope, address: Address) -> ScalableTarget | None:
    """Return the scalable target, or None."""
    row = tx.one(
        f"SELECT {_COLUMNS} {_FROM} WHERE t.account = :account AND t.region = :region AND t.namespace = :namespace"
        " AND t.resource_id = :resource_id AND t.dimension = :dimension",
        account=scope.account,
        region=scope.region,
        **address._asdict(),
    )
    return None if row is None else target_of(*row)


def require_target(tx: Transaction, scope: Scope, address: Address, how: str = "found") -> ScalableTarget:
    """The scalable target. Raises ObjectNotFoundException."""
    target = find_target(tx, scope, address)
    if target is None:
        raise ObjectNotFoundException(f"No scalable target {how} for {address.sentence}")
    return target


def find_target_by_arn(tx: Transaction, arn: str) -> ScalableTarget | None:
    """Return the scalable target with an ARN, or None."""
    row = tx.one(f"SELECT {_COLUMNS} {_FROM} WHERE t.arn = :arn", arn=arn)
    return None if row is None else target_of(*row)


def require_target_by_arn(tx: Transaction, scope: Scope, arn: str) -> ScalableTarget:
    """An account's scalable target in a region. Raises ResourceNotFoundException."""
    target = find_target_by_arn(tx, arn)
    if target is None or target.scope != scope:
        raise ResourceNotFoundException(f"No scalable target found with ARN: {arn}", ResourceName=arn)
    return target


def put_target(tx: Transaction, target: ScalableTarget, due_at: float | None) -> None:
    """Store a scalable target, and when to look at it next."""
    tx.run(
        "INSERT INTO application_autoscaling_targets"
        " (arn, account, region, namespace, resource_id, dimension, definition, due_at)"
        " VALUES (:arn, :account, :region, :namespace, :resource_id, :dimension, :definition, :due_at)"
        " ON CONFLICT (arn) DO UPDATE SET definition = :definition, due_at = :due_at",
        arn=target.arn,
        account=target.scope.account,
        region=target.scope.region,
        definition=encode_definition(target.definition),
        due_at=due_at,
        **target.address._asdict(),
    )
    tx.wake(TOPIC)


def update_definition(tx: Transaction, arn: str, definition: TargetDefinition) -> None:
    tx.run(
        "UPDATE application_autoscaling_targets SET definition = :definition WHERE arn = :arn",
        arn=arn,
        definition=encode_definition(definition),
    )


def set_due(tx: Transaction, arn: str, due_at: float | None) -> None:
    """Say when to look at a target next."""
    tx.run("UPDATE application_autoscaling_targets SET due_at = :due_at WHERE arn = :arn", arn=arn, due_at=due_at)
    tx.wake(TOPIC)


def find_later(tx: Transaction, than: float) -> bool:
    """Whether a target is to be looked at only after a time."""
    return tx.one("SELECT 1 FROM application_autoscaling_targets WHERE due_at > :than LIMIT 1", than=than) is not None


def hasten(tx: Transaction, due_at: float) -> None:
    """Have every target that is looked at at all looked at by a time."""
    tx.run("UPDATE application_autoscaling_targets SET due_at = :due_at WHERE due_at > :due_at", due_at=due_at)
    tx.wake(TOPIC)


def delete_target(tx: Transaction, arn: str) -> None:
    """Remove a scalable target with its policies and scheduled actions."""
    for table in (POLICIES, ACTIONS):
        tx.run(f"DELETE FROM {table} WHERE target_arn = :arn", arn=arn)
    tx.run("DELETE FROM application_autoscaling_targets WHERE arn = :arn", arn=arn)


def count_targets(tx: Transaction, scope: Scope, namespace: str) -> int:
    row = tx.one(
        f"SELECT COUNT(*) {_FROM} WHERE t.account = :account AND t.region = :region AND t.namespace = :namespace",
        account=scope.account,
        region=scope.region,
        namespace=namespace,
    )
    return 0 if row is None else int(row[0])


def list_targets(tx: Transaction, wanted: Filter) -> list[ScalableTarget]:
    """Up to `limit` scalable targets, by resource and dimension."""
    where, values = _where(wanted, "t")
    if wanted.after is not None:
        where += " AND (t.resource_id, t.dimension) > (:after0, :after1)"
    rows = tx.all(f"SELECT {_COLUMNS} {_FROM} WHERE {where} ORDER BY t.resource_id, t.dimension LIMIT :limit", **values)
    return [target_of(*row) for row in rows]


def due_targets(tx: Transaction, now: float) -> list[ScalableTarget]:
    """The targets to look at."""
    rows = tx.all(f"SELECT {_COLUMNS} {_FROM} WHERE t.due_at <= :now ORDER BY t.due_at, t.arn", now=now)
    return [target_of(*row) for row in rows]


def find_part(tx: Transaction, table: str, target_arn: str, name: str) -> Definition | None:
    """Return the definition of a target's policy or scheduled action, or None."""
    row = tx.one(f"SELECT definition FROM {table} WHERE target_arn = :arn AND name = :name", arn=target_arn, name=name)
    return None if row is None else json.loads(row[0])


def parts_of(tx: Transaction, table: str, target_arn: str) -> dict[str, Definition]:
    """All policies, or all scheduled actions, of a target by name."""
    rows = tx.all(f"SELECT name, definition FROM {table} WHERE target_arn = :arn ORDER BY name", arn=target_arn)
    return {name: json.loads(definition) for name, definition in rows}


def put_part(
    tx: Transaction, table: str, target_arn: str, name: str, definition: Definition, due_at: float | None = None
) -> None:
    tx.run(
        f"INSERT INTO {table} (target_arn, name, definition, due_at) VALUES (:arn, :name, :definition, :due_at)"
        " ON CONFLICT (target_arn, name) DO UPDATE SET definition = :definition, due_at = :due_at",
        arn=target_arn,
        name=name,
        definition=json.dumps(definition),
        due_at=due_at,
    )
    tx.wake(TOPIC)


def delete_part(tx: Transaction, table: str, target_arn: str, name: str) -> bool:
    """Remove a policy or a scheduled action; return whether it was there."""
    return tx.run(f"DELETE FROM {table} WHERE target_arn = :arn AND name = :name", arn=target_arn, name=name) > 0


def list_parts(tx: Transaction, table: str, wanted: Filter) -> list[Part]:
    """Up to `limit` policies or scheduled actions, by resource, dimension and name."""
    where, values = _where(wanted, "p")
    if wanted.after is not None:
        where += " AND (t.resource_id, t.dimension, p.name) > (:after0, :after1, :after2)"
    rows = tx.all(
        f"SELECT {_COLUMNS}, p.name, p.definition {_FROM} JOIN {table} p ON p.target_arn = t.arn WHERE {where}"
        " ORDER BY t.resource_id, t.dimension, p.name LIMIT :limit",
        **values,
    )
    return [_part(row) for row in rows]


def due_actions(tx: Transaction, now: float) -> list[Part]:
    """The scheduled actions whose time has come, in that order."""
    rows = tx.all(
        f"SELECT {_COLUMNS}, p.name, p.definition {_FROM} JOIN {ACTIONS} p ON p.target_arn = t.arn"
        " WHERE p.due_at <= :now ORDER BY p.due_at, p.target_arn, p.name",
        now=now,
    )
    return [_part(row) for row in rows]


def next_due(tx: Transaction) -> float | None:
    """When a target or a scheduled action is due next."""
    rows = tx.all(
        "SELECT MIN(due_at) FROM application_autoscaling_targets WHERE due_at IS NOT NULL"
        f" UNION ALL SELECT MIN(due_at) FROM {ACTIONS} WHERE due_at IS NOT NULL"
    )
    return min((float(row[0]) for row in rows if row[0] is not None), default=None)


def put_activity(
    tx: Transaction, target: ScalableTarget, id: str, started_at: float, definition: Definition, *, is_scaled: bool
) -> None:
    """Store an activity, and forget those that aren't shown any more."""
    scope, address = target.scope, target.address
    tx.run(
        "DELETE FROM application_autoscaling_activities WHERE account = :account AND region = :region"
        " AND namespace = :namespace AND started_at < :oldest",
        account=scope.account,
        region=scope.region,
        namespace=address.namespace,
        oldest=tx.now - ACTIVITY_SECONDS,
    )
    tx.run(
        "INSERT INTO application_autoscaling_activities"
        " (id, account, region, namespace, resource_id, dimension, started_at, is_scaled, definition)"
        " VALUES (:id, :account, :region, :namespace, :resource_id, :dimension, :started_at, :is_scaled, :definition)"
        " ON CONFLICT (id) DO UPDATE SET definition = :definition",
        id=id,
        account=scope.account,
        region=scope.region,
        started_at=started_at,
        is_scaled=int(is_scaled),
        definition=json.dumps(definition),
        **address._asdict(),
    )


def find_activity(tx: Transaction, id: str) -> Definition | None:
    """Return an activity as it is shown, or None."""
    row = tx.one("SELECT definition FROM application_autoscaling_activities WHERE id = :id", id=id)
    return None if row is None else json.loads(row[0])


def list_activities(tx: Transaction, wanted: Filter, oldest: float, *, with_not_scaled: bool) -> list[Definition]:
    """Up to `limit` activities since `oldest`, the latest first, as they are shown."""
    where, values = _where(wanted, "t")
    if not with_not_scaled:
        where += " AND t.is_scaled = 1"
    if wanted.after is not None:
        where += " AND (t.started_at, t.id) < (:after0, :after1)"
    rows = tx.all(
        f"SELECT t.definition FROM application_autoscaling_activities t WHERE {where} AND t.started_at >= :oldest"
        " ORDER BY t.started_at DESC, t.id DESC LIMIT :limit",
        oldest=oldest,
        **values,
    )
    return [json.loads(row[0]) for row in rows]


def _where(wanted: Filter, named: str) -> tuple[str, dict[str, Any]]:
    where = "t.account = :account AND t.region = :region AND t.namespace = :namespace"
    values: dict[str, Any] = {
        "account": wanted.scope.account,
        "region": wanted.scope.region,
        "namespace": wanted.namespace,
        "limit": wanted.limit,
    }
    if wanted.dimension is not None:
        where += " AND t.dimension = :dimension"
        values["dimension"] = wanted.dimension
    for column, given in (("t.resource_id", wanted.resource_ids), (f"{named}.name", wanted.names)):
        if given:
            places = {f"{column[2:]}{place}": value for place, value in enumerate(given)}
            where += f" AND {column} IN ({', '.join(f':{place}' for place in places)})"
            values |= places
    for place, value in enumerate(wanted.after or ()):
        values[f"after{place}"] = value
    return where, values


def _part(row: Row) -> Part:
    return Part(target_of(*row[:_WIDTH]), row[_WIDTH], json.loads(row[_WIDTH + 1]))
