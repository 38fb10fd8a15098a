"""The SQL of custom domain names, their mappings, and VPC links."""

import json
from dataclasses import dataclass

from serein.kernel.database import Transaction
from serein.kernel.domains import Domain, Mapping, Privacy
from serein.kernel.scope import Scope
from serein.services.apigatewayv2.errors import NotFoundException
from serein.services.apigatewayv2.private_names import SINCE, invoked_arn, is_private
from serein.services.apigatewayv2.routing_rules import rules_of
from serein.services.apigatewayv2.store.associations import delete_associations_of, endpoints_by_domain
from serein.services.apigatewayv2.store.owned import OwnedSettings, Settings

_VPC_LINKS = OwnedSettings("apigatewayv2_vpc_links", "vpc_link_id")
KEPT = "Truststore"
"""The member of a domain name's settings that is not shown: the certificates that clients' come from, in PEM."""


@dataclass(frozen=True, slots=True)
class ApiMapping:
    """A path below a domain name that leads to a stage of an API."""

    mapping_id: str
    key: str
    api_id: str
    stage: str


def insert_domain(tx: Transaction, scope: Scope, settings: Settings) -> None:
    tx.run(
        "INSERT INTO apigatewayv2_domains (domain_name, account, region, settings)"
        " VALUES (:name, :account, :region, :settings)",
        name=settings["DomainName"],
        account=scope.account,
        region=scope.region,
        settings=json.dumps(settings),
    )


def update_domain(tx: Transaction, settings: Settings) -> None:
    tx.run(
        "UPDATE apigatewayv2_domains SET settings = :settings WHERE domain_name = :name",
        name=settings["DomainName"],
        settings=json.dumps(settings),
    )


def is_taken(tx: Transaction, name: str) -> bool:
    """Whether anybody has the domain name: one host leads to one place."""
    return tx.one("SELECT 1 FROM apigatewayv2_domains WHERE domain_name = :name", name=name) is not None


def require_domain(tx: Transaction, scope: Scope, name: str) -> Settings:
    row = tx.one(
        "SELECT settings FROM apigatewayv2_domains"
        " WHERE domain_name = :name AND account = :account AND region = :region",
        name=name,
        account=scope.account,
        region=scope.region,
    )
    if row is None:
        raise NotFoundException("The domain name resource specified in the request was not found.")
    settings: Settings = json.loads(row[0])
    return settings


def list_domains(tx: Transaction, scope: Scope) -> list[Settings]:
    rows = tx.all(
        "SELECT settings FROM apigatewayv2_domains WHERE account = :account AND region = :region ORDER BY domain_name",
        account=scope.account,
        region=scope.region,
    )
    return [json.loads(row[0]) for row in rows]


def list_foreign_domains(tx: Transaction, scope: Scope) -> list[Settings]:
    """The private domain names of other accounts, in the order of their names."""
    rows = tx.all(
        "SELECT settings FROM apigatewayv2_domains"
        " WHERE account <> :account AND region = :region AND domain_name LIKE :pattern ORDER BY domain_name",
        account=scope.account,
        region=scope.region,
        pattern="%+%",
    )
    return [json.loads(row[0]) for row in rows]


def delete_domain(tx: Transaction, name: str) -> None:
    tx.run("DELETE FROM apigatewayv2_mappings WHERE domain_name = :name", name=name)
    delete_associations_of(tx, name)
    tx.run("DELETE FROM apigatewayv2_domains WHERE domain_name = :name", name=name)


def put_mapping(tx: Transaction, name: str, mapping: ApiMapping) -> None:
    tx.run(
        "INSERT INTO apigatewayv2_mappings (domain_name, mapping_id, mapping_key, api_id, stage)"
        " VALUES (:name, :mapping_id, :key, :api_id, :stage)"
        " ON CONFLICT (domain_name, mapping_id) DO UPDATE SET mapping_key = :key, api_id = :api_id, stage = :stage",
        name=name,
        mapping_id=mapping.mapping_id,
        key=mapping.key,
        api_id=mapping.api_id,
        stage=mapping.stage,
    )


def list_mappings(tx: Transaction, name: str) -> list[ApiMapping]:
    rows = tx.all(
        "SELECT mapping_id, mapping_key, api_id, stage FROM apigatewayv2_mappings"
        " WHERE domain_name = :name ORDER BY mapping_id",
        name=name,
    )
    return [ApiMapping(*row) for row in rows]


def require_mapping(tx: Transaction, name: str, mapping_id: str) -> ApiMapping:
    row = tx.one(
        "SELECT mapping_id, mapping_key, api_id, stage FROM apigatewayv2_mappings"
        " WHERE domain_name = :name AND mapping_id = :mapping_id",
        name=name,
        mapping_id=mapping_id,
    )
    if row is None:
        raise NotFoundException("The api mapping resource specified in the request was not found.")
    return ApiMapping(*row)


def delete_mapping(tx: Transaction, name: str, mapping_id: str) -> None:
    tx.run(
        "DELETE FROM apigatewayv2_mappings WHERE domain_name = :name AND mapping_id = :mapping_id",
        name=name,
        mapping_id=mapping_id,
    )


def is_mapped(tx: Transaction, api_id: str, stage: str = "") -> bool:
    """Whether a domain name leads to the API, or to one stage of it."""
    if stage:
        sql = "SELECT 1 FROM apigatewayv2_mappings WHERE api_id = :api_id AND stage = :stage LIMIT 1"
        return tx.one(sql, api_id=api_id, stage=stage) is not None
    return tx.one("SELECT 1 FROM apigatewayv2_mappings WHERE api_id = :api_id LIMIT 1", api_id=api_id) is not None


def all_domains(tx: Transaction) -> list[Domain]:
    """Every domain name of every account, for the front door; of those with one name the last is the one that counts.

    That is the public one; or else the private one that has access associations; or else the one that was made first.
    """
    mappings: dict[str, list[Mapping]] = {}
    for name, key, api_id, stage in tx.all("SELECT domain_name, mapping_key, api_id, stage FROM apigatewayv2_mappings"):
        mappings.setdefault(name, []).append(Mapping(key, api_id, stage))
    rows = tx.all("SELECT domain_name, account, region, settings FROM apigatewayv2_domains")
    parsed = [(name, account, region, json.loads(settings)) for name, account, region, settings in rows]
    private = {name: settings[SINCE] for name, _, _, settings in parsed if is_private(settings)}
    endpoints = endpoints_by_domain(tx) if private else {}
    parsed.sort(key=lambda row: (row[0] not in private, row[0] in endpoints, -private.get(row[0], 0.0)))
    return [
        _domain(name, account, region, mappings.get(name, []), settings, endpoints.get(name, ()))
        for name, account, region, settings in parsed
    ]


def _domain(
    name: str, account: str, region: str, mappings: list[Mapping], settings: Settings, endpoints: tuple[str, ...]
) -> Domain:
    kept = () if settings.get("RoutingMode") == "ROUTING_RULE_ONLY" else tuple(mappings)
    privacy = None
    if is_private(settings):
        privacy = Privacy(invoked_arn(settings), settings["Extra"]["policy"], endpoints)
    host = name.partition("+")[0]
    return Domain(host, account, region, kept, settings.get(KEPT, ""), rules_of(settings), privacy)


def put_vpc_link(tx: Transaction, scope: Scope, settings: Settings) -> None:
    _VPC_LINKS.put(tx, scope, settings["VpcLinkId"], settings)


def find_vpc_link(tx: Transaction, scope: Scope, link_id: str) -> Settings | None:
    return _VPC_LINKS.find(tx, scope, link_id)


def require_vpc_link(tx: Transaction, scope: Scope, link_id: str) -> Settings:
    found = find_vpc_link(tx, scope, link_id)
    if found is None:
        raise NotFoundException(f"VpcLink {link_id} not found")
    return found


def list_vpc_links(tx: Transaction, scope: Scope) -> list[Settings]:
    return _VPC_LINKS.list(tx, scope)


def delete_vpc_link(tx: Transaction, link_id: str) -> None:
    _VPC_LINKS.delete(tx, link_id)


def has_integrations(tx: Transaction, link_id: str) -> bool:
    """Whether an integration uses the link; settings are text, and ids are of letters and digits."""
    sql = "SELECT 1 FROM apigatewayv2_parts WHERE kind = 'Integration' AND settings LIKE :pattern LIMIT 1"
    return tx.one(sql, pattern=f'%"ConnectionId": "{link_id}"%') is not None
