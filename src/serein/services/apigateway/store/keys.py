"""API keys, usage plans, which keys a plan has, and how much of it they used."""

import json
from collections.abc import Iterable
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope

Settings = dict[str, Any]


def find_api_key(tx: Transaction, scope: Scope, value: str) -> Settings | None:
    """The ApiKey whose value that is, enabled or not."""
    row = tx.one(
        "SELECT settings FROM apigateway_api_keys WHERE account = :account AND region = :region AND value = :value",
        account=scope.account,
        region=scope.region,
        value=value,
    )
    return None if row is None else json.loads(row[0])


def usage_plans_of_key(tx: Transaction, key_id: str) -> list[Settings]:
    """The UsagePlans that have the key, with apiStages, throttle and quota in wire form."""
    rows = tx.all(
        "SELECT p.settings FROM apigateway_usage_plan_keys k JOIN apigateway_usage_plans p ON p.plan_id = k.plan_id"
        " AND p.account = k.account AND p.region = k.region WHERE k.key_id = :key_id ORDER BY p.plan_id",
        key_id=key_id,
    )
    return [json.loads(row[0]) for row in rows]


def add_usage(tx: Transaction, counts: Iterable[tuple[str, str, str, int]]) -> None:
    """Add requests to what was used: rows of plan id, key id, day (`2026-01-31`, UTC) and how many."""
    for plan_id, key_id, day, count in counts:
        tx.run(
            "INSERT INTO apigateway_usage (plan_id, key_id, day, used, granted)"
            " VALUES (:plan_id, :key_id, :day, :count, 0)"
            " ON CONFLICT (plan_id, key_id, day) DO UPDATE SET used = apigateway_usage.used + :count",
            plan_id=plan_id,
            key_id=key_id,
            day=day,
            count=count,
        )


def grant_usage(tx: Transaction, plan_id: str, key_id: str, day: str, count: int) -> None:
    """Let a key use `count` more (less, when negative) than its plan's quota says, in the period that has the day."""
    tx.run(
        "INSERT INTO apigateway_usage (plan_id, key_id, day, used, granted)"
        " VALUES (:plan_id, :key_id, :day, 0, :count)"
        " ON CONFLICT (plan_id, key_id, day) DO UPDATE SET granted = apigateway_usage.granted + :count",
        plan_id=plan_id,
        key_id=key_id,
        day=day,
        count=count,
    )


def usage_between(tx: Transaction, plan_id: str, key_id: str, first: str, last: str) -> list[tuple[str, int, int]]:
    """Rows of day, used and granted for the days from `first` to `last`, in order; days without either are absent."""
    rows = tx.all(
        "SELECT day, used, granted FROM apigateway_usage WHERE plan_id = :plan_id AND key_id = :key_id"
        " AND day >= :first AND day <= :last ORDER BY day",
        plan_id=plan_id,
        key_id=key_id,
        first=first,
        last=last,
    )
    return [(row[0], row[1], row[2]) for row in rows]


def put_key(tx: Transaction, scope: Scope, settings: Settings) -> None:
    tx.run(
        "INSERT INTO apigateway_api_keys (account, region, key_id, value, settings)"
        " VALUES (:account, :region, :key_id, :value, :settings)"
        " ON CONFLICT (account, region, key_id) DO UPDATE SET settings = :settings",
        account=scope.account,
        region=scope.region,
        key_id=settings["id"],
        value=settings["value"],
        settings=json.dumps(settings),
    )


def find_key(tx: Transaction, scope: Scope, key_id: str) -> Settings | None:
    row = tx.one(
        "SELECT settings FROM apigateway_api_keys WHERE account = :account AND region = :region AND key_id = :key_id",
        account=scope.account,
        region=scope.region,
        key_id=key_id,
    )
    return None if row is None else json.loads(row[0])


def list_keys(tx: Transaction, scope: Scope) -> list[Settings]:
    rows = tx.all(
        "SELECT settings FROM apigateway_api_keys WHERE account = :account AND region = :region ORDER BY key_id",
        account=scope.account,
        region=scope.region,
    )
    return [json.loads(row[0]) for row in rows]


def delete_key(tx: Transaction, scope: Scope, key_id: str) -> None:
    tx.run(
        "DELETE FROM apigateway_api_keys WHERE account = :account AND region = :region AND key_id = :key_id",
        account=scope.account,
        region=scope.region,
        key_id=key_id,
    )
    tx.run("DELETE FROM apigateway_usage_plan_keys WHERE key_id = :key_id", key_id=key_id)


def put_plan(tx: Transaction, scope: Scope, settings: Settings) -> None:
    tx.run(
        "INSERT INTO apigateway_usage_plans (account, region, plan_id, settings)"
        " VALUES (:account, :region, :plan_id, :settings)"
        " ON CONFLICT (account, region, plan_id) DO UPDATE SET settings = :settings",
        account=scope.account,
        region=scope.region,
        plan_id=settings["id"],
        settings=json.dumps(settings),
    )


def find_plan(tx: Transaction, scope: Scope, plan_id: str) -> Settings | None:
    row = tx.one(
        "SELECT settings FROM apigateway_usage_plans"
        " WHERE account = :account AND region = :region AND plan_id = :plan_id",
        account=scope.account,
        region=scope.region,
        plan_id=plan_id,
    )
    return None if row is None else json.loads(row[0])


def list_plans(tx: Transaction, scope: Scope) -> list[Settings]:
    rows = tx.all(
        "SELECT settings FROM apigateway_usage_plans WHERE account = :account AND region = :region ORDER BY plan_id",
        account=scope.account,
        region=scope.region,
    )
    return [json.loads(row[0]) for row in rows]


def forget_stages(tx: Transaction, scope: Scope, api_id: str, stage_name: str = "") -> None:
    """Take an API's stage, or all its stages, from every usage plan of the account."""
    for plan in list_plans(tx, scope):
        kept = [
            stage for stage in plan["apiStages"] if stage["apiId"] != api_id or stage_name not in ("", stage["stage"])
        ]
        if len(kept) < len(plan["apiStages"]):
            put_plan(tx, scope, {**plan, "apiStages": kept})


def delete_plan(tx: Transaction, scope: Scope, plan_id: str) -> None:
    tx.run(
        "DELETE FROM apigateway_usage_plans WHERE account = :account AND region = :region AND plan_id = :plan_id",
        account=scope.account,
        region=scope.region,
        plan_id=plan_id,
    )
    tx.run("DELETE FROM apigateway_usage_plan_keys WHERE plan_id = :plan_id", plan_id=plan_id)
    tx.run("DELETE FROM apigateway_usage WHERE plan_id = :plan_id", plan_id=plan_id)


def insert_plan_key(tx: Transaction, scope: Scope, plan_id: str, key_id: str) -> None:
    tx.run(
        "INSERT INTO apigateway_usage_plan_keys (plan_id, key_id, account, region)"
        " VALUES (:plan_id, :key_id, :account, :region)",
        plan_id=plan_id,
        key_id=key_id,
        account=scope.account,
        region=scope.region,
    )


def keys_of_plan(tx: Transaction, scope: Scope, plan_id: str) -> list[Settings]:
    """The ApiKeys of a plan, in the order of their ids."""
    rows = tx.all(
        "SELECT a.settings FROM apigateway_usage_plan_keys k JOIN apigateway_api_keys a ON a.key_id = k.key_id"
        " AND a.account = k.account AND a.region = k.region"
        " WHERE k.plan_id = :plan_id AND k.account = :account AND k.region = :region ORDER BY a.key_id",
        plan_id=plan_id,
        account=scope.account,
        region=scope.region,
    )
    return [json.loads(row[0]) for row in rows]


def delete_plan_key(tx: Transaction, plan_id: str, key_id: str) -> int:
    """Take a key from a plan; the number of rows that went."""
    return tx.run(
        "DELETE FROM apigateway_usage_plan_keys WHERE plan_id = :plan_id AND key_id = :key_id",
        plan_id=plan_id,
        key_id=key_id,
    )
