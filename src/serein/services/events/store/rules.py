"""The rows of rules."""

import json
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.events.errors import rule_not_found
from serein.services.events.rules import Rule, next_due
from serein.services.events.store import buses
from serein.services.events.store.dues import RULES_TOPIC

_COLUMNS = "account, region, bus, name, definition, tags, targets, due_at, anchored_at"


def find_rule(tx: Transaction, scope: Scope, bus: str, name: str) -> Rule | None:
    row = tx.one(
        f"SELECT {_COLUMNS} FROM events_rules"
        " WHERE account = :account AND region = :region AND bus = :bus AND name = :name",
        account=scope.account,
        region=scope.region,
        bus=bus,
        name=name,
    )
    return None if row is None else _rule(*row)


def require_rule(tx: Transaction, scope: Scope, bus: str, name: str) -> Rule:
    """Raises ResourceNotFoundException."""
    found = find_rule(tx, scope, bus, name)
    if found is None:
        buses.require_bus(tx, scope, bus)
        raise rule_not_found(name, bus)
    return found


def list_rules(
    tx: Transaction, scope: Scope, bus: str, prefix: str = "", after: str = "", limit: int = 10_000
) -> list[Rule]:
    """In the order of names."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM events_rules WHERE account = :account AND region = :region AND bus = :bus"
        " AND name > :after AND substr(name, 1, :length) = :prefix ORDER BY name LIMIT :limit",
        account=scope.account,
        region=scope.region,
        bus=bus,
        after=after,
        prefix=prefix,
        length=len(prefix),
        limit=limit,
    )
    return [_rule(*row) for row in rows]


def count_rules(tx: Transaction, scope: Scope, bus: str) -> int:
    row = tx.one(
        "SELECT COUNT(*) FROM events_rules WHERE account = :account AND region = :region AND bus = :bus",
        account=scope.account,
        region=scope.region,
        bus=bus,
    )
    return row[0] if row else 0


def put_rule(tx: Transaction, rule: Rule) -> None:
    """Make a rule, or change it with its targets; the bus gets a new revision."""
    due_at = next_due(rule.definition, tx.now, rule.anchored_at)
    tx.run(
        f"INSERT INTO events_rules ({_COLUMNS})"
        " VALUES (:account, :region, :bus, :name, :definition, :tags, :targets, :due_at, :anchored_at)"
        " ON CONFLICT (account, region, bus, name) DO UPDATE SET definition = excluded.definition,"
        " tags = excluded.tags, targets = excluded.targets, due_at = excluded.due_at,"
        " anchored_at = excluded.anchored_at",
        account=rule.scope.account,
        region=rule.scope.region,
        bus=rule.bus,
        name=rule.name,
        definition=json.dumps(rule.definition),
        tags=json.dumps(rule.tags),
        targets=json.dumps(rule.targets),
        due_at=due_at,
        anchored_at=rule.anchored_at,
    )
    buses.revise(tx, rule.scope, rule.bus)
    if due_at is not None:
        tx.wake(RULES_TOPIC)


def delete_rule(tx: Transaction, rule: Rule) -> None:
    tx.run(
        "DELETE FROM events_rules WHERE account = :account AND region = :region AND bus = :bus AND name = :name",
        account=rule.scope.account,
        region=rule.scope.region,
        bus=rule.bus,
        name=rule.name,
    )
    buses.revise(tx, rule.scope, rule.bus)


def due_rules(tx: Transaction, limit: int) -> list[Rule]:
    """Scheduled rules that are due, the earliest first."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM events_rules WHERE due_at IS NOT NULL AND due_at <= :now"
        " ORDER BY due_at, account, region, bus, name LIMIT :limit",
        now=tx.now,
        limit=limit,
    )
    return [_rule(*row) for row in rows]


def set_due(tx: Transaction, rule: Rule, due_at: float | None) -> None:
    tx.run(
        "UPDATE events_rules SET due_at = :due_at"
        " WHERE account = :account AND region = :region AND bus = :bus AND name = :name",
        due_at=due_at,
        account=rule.scope.account,
        region=rule.scope.region,
        bus=rule.bus,
        name=rule.name,
    )


def _rule(
    account: str, region: str, bus: str, name: str, definition: str, tags: str, targets: str, *times: Any
) -> Rule:
    scope = Scope(account, region)
    return Rule(scope, bus, name, json.loads(definition), json.loads(tags), json.loads(targets), *times)
