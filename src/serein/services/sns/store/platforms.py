"""The SQL of mobile push: platform applications and their endpoints."""

import json

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope

Attributes = dict[str, str]


def find_application(tx: Transaction, arn: str) -> Attributes | None:
    row = tx.one("SELECT attributes FROM sns_platform_applications WHERE arn = :arn", arn=arn)
    return None if row is None else _parsed(row[0])


def put_application(tx: Transaction, scope: Scope, arn: str, attributes: Attributes) -> None:
    tx.run(
        "INSERT INTO sns_platform_applications (arn, account, region, attributes)"
        " VALUES (:arn, :account, :region, :attributes) ON CONFLICT (arn) DO UPDATE SET attributes = :attributes",
        arn=arn,
        account=scope.account,
        region=scope.region,
        attributes=json.dumps(attributes),
    )


def delete_application(tx: Transaction, arn: str) -> None:
    """Delete an application with its endpoints; not an error when there is none."""
    tx.run("DELETE FROM sns_platform_endpoints WHERE application_arn = :arn", arn=arn)
    tx.run("DELETE FROM sns_platform_applications WHERE arn = :arn", arn=arn)


def applications(tx: Transaction, scope: Scope, after: str, limit: int) -> list[tuple[str, Attributes]]:
    rows = tx.all(
        "SELECT arn, attributes FROM sns_platform_applications"
        " WHERE account = :account AND region = :region AND arn > :after ORDER BY arn LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after=after,
        limit=limit,
    )
    return [(arn, _parsed(text)) for arn, text in rows]


def find_endpoint(tx: Transaction, arn: str) -> Attributes | None:
    row = tx.one("SELECT attributes FROM sns_platform_endpoints WHERE arn = :arn", arn=arn)
    return None if row is None else _parsed(row[0])


def find_endpoint_of(tx: Transaction, application_arn: str, token: str) -> tuple[str, Attributes] | None:
    row = tx.one(
        "SELECT arn, attributes FROM sns_platform_endpoints WHERE application_arn = :arn AND token = :token",
        arn=application_arn,
        token=token,
    )
    return None if row is None else (row[0], _parsed(row[1]))


def put_endpoint(tx: Transaction, arn: str, application_arn: str, attributes: Attributes) -> None:
    tx.run(
        "INSERT INTO sns_platform_endpoints (arn, application_arn, token, attributes)"
        " VALUES (:arn, :application_arn, :token, :attributes)"
        " ON CONFLICT (arn) DO UPDATE SET token = :token, attributes = :attributes",
        arn=arn,
        application_arn=application_arn,
        token=attributes["Token"],
        attributes=json.dumps(attributes),
    )


def delete_endpoint(tx: Transaction, arn: str) -> None:
    tx.run("DELETE FROM sns_platform_endpoints WHERE arn = :arn", arn=arn)


def endpoints(tx: Transaction, application_arn: str, after: str, limit: int) -> list[tuple[str, Attributes]]:
    rows = tx.all(
        "SELECT arn, attributes FROM sns_platform_endpoints WHERE application_arn = :application_arn AND arn > :after"
        " ORDER BY arn LIMIT :limit",
        application_arn=application_arn,
        after=after,
        limit=limit,
    )
    return [(arn, _parsed(text)) for arn, text in rows]


def _parsed(text: str) -> Attributes:
    attributes: Attributes = json.loads(text)
    return attributes
