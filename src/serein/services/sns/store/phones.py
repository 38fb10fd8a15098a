"""The SQL of phone numbers: who wants no text messages, the SMS sandbox, and an account's SMS settings."""

import json

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope

_WHERE = " WHERE account = :account AND region = :region"


def is_opted_out(tx: Transaction, scope: Scope, number: str) -> bool:
    row = tx.one(
        f"SELECT is_opted_out FROM sns_phone_numbers{_WHERE} AND phone_number = :number",
        number=number,
        **_values(scope),
    )
    return row is not None and bool(row[0])


def opted_out(tx: Transaction, scope: Scope, after: str, limit: int) -> list[str]:
    rows = tx.all(
        f"SELECT phone_number FROM sns_phone_numbers{_WHERE} AND is_opted_out = 1 AND phone_number > :after"
        " ORDER BY phone_number LIMIT :limit",
        after=after,
        limit=limit,
        **_values(scope),
    )
    return [row[0] for row in rows]


def set_opted_out(tx: Transaction, scope: Scope, number: str, *, is_opted_out: bool) -> None:
    tx.run(
        "INSERT INTO sns_phone_numbers (account, region, phone_number, is_opted_out, status, code)"
        " VALUES (:account, :region, :number, :is_opted_out, '', '')"
        " ON CONFLICT (account, region, phone_number) DO UPDATE SET is_opted_out = :is_opted_out",
        number=number,
        is_opted_out=int(is_opted_out),
        **_values(scope),
    )


def find_sandboxed(tx: Transaction, scope: Scope, number: str) -> tuple[str, str] | None:
    """Return (status, code) of a number in the SMS sandbox, or None."""
    return tx.one(
        f"SELECT status, code FROM sns_phone_numbers{_WHERE} AND phone_number = :number AND status <> ''",
        number=number,
        **_values(scope),
    )


def sandboxed(tx: Transaction, scope: Scope, after: str, limit: int) -> list[tuple[str, str]]:
    """The numbers in the SMS sandbox with their status."""
    return tx.all(
        f"SELECT phone_number, status FROM sns_phone_numbers{_WHERE} AND status <> '' AND phone_number > :after"
        " ORDER BY phone_number LIMIT :limit",
        after=after,
        limit=limit,
        **_values(scope),
    )


def set_sandboxed(tx: Transaction, scope: Scope, number: str, status: str, code: str) -> None:
    """Put a number into the SMS sandbox; with an empty status it leaves."""
    tx.run(
        "INSERT INTO sns_phone_numbers (account, region, phone_number, is_opted_out, status, code)"
        " VALUES (:account, :region, :number, 0, :status, :code)"
        " ON CONFLICT (account, region, phone_number) DO UPDATE SET status = :status, code = :code",
        number=number,
        status=status,
        code=code,
        **_values(scope),
    )


def sms_attributes(tx: Transaction, scope: Scope) -> dict[str, str]:
    row = tx.one(f"SELECT attributes FROM sns_sms_attributes{_WHERE}", **_values(scope))
    attributes: dict[str, str] = json.loads(row[0]) if row else {}
    return attributes


def put_sms_attributes(tx: Transaction, scope: Scope, attributes: dict[str, str]) -> None:
    tx.run(
        "INSERT INTO sns_sms_attributes (account, region, attributes) VALUES (:account, :region, :attributes)"
        " ON CONFLICT (account, region) DO UPDATE SET attributes = :attributes",
        attributes=json.dumps(attributes),
        **_values(scope),
    )


def _values(scope: Scope) -> dict[str, str]:
    return {"account": scope.account, "region": scope.region}
