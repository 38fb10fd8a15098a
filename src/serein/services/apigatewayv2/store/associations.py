"""The SQL of access associations: which VPC endpoints of which accounts may reach a private domain name."""

import json
from dataclasses import dataclass
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.apigatewayv2.errors import NotFoundException

Settings = dict[str, Any]
_COLUMNS = "arn, account, domain_name, is_rejected, settings"


@dataclass(frozen=True, slots=True)
class Association:
    """One association. `domain_name` is the private domain name with its id."""

    arn: str
    account: str
    domain_name: str
    is_rejected: bool
    settings: Settings
    """As REST APIs' operations show it."""


def put_association(tx: Transaction, scope: Scope, domain_name: str, settings: Settings) -> None:
    """Store an association of the scope's account, or what has changed of it; a rejection stays."""
    tx.run(
        "INSERT INTO apigatewayv2_access_associations (arn, account, region, domain_name, is_rejected, settings)"
        " VALUES (:arn, :account, :region, :domain_name, 0, :settings)"
        " ON CONFLICT (arn) DO UPDATE SET settings = :settings",
        arn=settings["domainNameAccessAssociationArn"],
        account=scope.account,
        region=scope.region,
        domain_name=domain_name,
        settings=json.dumps(settings),
    )


def find_association(tx: Transaction, arn: str) -> Association | None:
    """Whoever it belongs to."""
    row = tx.one(f"SELECT {_COLUMNS} FROM apigatewayv2_access_associations WHERE arn = :arn", arn=arn)
    return None if row is None else _association(row)


def require_association(tx: Transaction, scope: Scope, arn: str) -> Association:
    """One of the scope's account. Raises NotFoundException."""
    found = find_association(tx, arn)
    if found is None or found.account != scope.account:
        raise NotFoundException("Invalid domain name access association identifier specified")
    return found


def list_associations(tx: Transaction, scope: Scope) -> list[Settings]:
    """Those that belong to the account, in the order of their ARNs."""
    rows = tx.all(
        "SELECT settings FROM apigatewayv2_access_associations"
        " WHERE account = :account AND region = :region ORDER BY arn",
        account=scope.account,
        region=scope.region,
    )
    return [json.loads(row[0]) for row in rows]


def list_foreign_associations(tx: Transaction, scope: Scope) -> list[Settings]:
    """Those that other accounts have with the account's domain names and that aren't rejected, by their ARNs."""
    rows = tx.all(
        "SELECT a.settings FROM apigatewayv2_access_associations a"
        " JOIN apigatewayv2_domains d ON d.domain_name = a.domain_name"
        " WHERE d.account = :account AND d.region = :region AND a.account <> :account AND a.is_rejected = 0"
        " ORDER BY a.arn",
        account=scope.account,
        region=scope.region,
    )
    return [json.loads(row[0]) for row in rows]


def reject_association(tx: Transaction, arn: str) -> None:
    tx.run("UPDATE apigatewayv2_access_associations SET is_rejected = 1 WHERE arn = :arn", arn=arn)


def delete_association(tx: Transaction, arn: str) -> None:
    tx.run("DELETE FROM apigatewayv2_access_associations WHERE arn = :arn", arn=arn)


def delete_associations_of(tx: Transaction, domain_name: str) -> None:
    tx.run("DELETE FROM apigatewayv2_access_associations WHERE domain_name = :name", name=domain_name)


def endpoints_by_domain(tx: Transaction) -> dict[str, tuple[str, ...]]:
    """The VPC endpoints that may reach each private domain name, of all accounts."""
    rows = tx.all(
        "SELECT domain_name, settings FROM apigatewayv2_access_associations WHERE is_rejected = 0 ORDER BY arn"
    )
    found: dict[str, tuple[str, ...]] = {}
    for name, settings in rows:
        found[name] = (*found.get(name, ()), json.loads(settings)["accessAssociationSource"])
    return found


def _association(row: tuple[Any, ...]) -> Association:
    arn, account, domain_name, is_rejected, settings = row
    return Association(arn, account, domain_name, bool(is_rejected), json.loads(settings))
