"""The SQL of portals, their publications, portal products and the pages of those."""

import json
from dataclasses import dataclass

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.apigatewayv2.errors import part_not_found
from serein.services.apigatewayv2.store.owned import OwnedSettings, Settings

_PORTALS = OwnedSettings("apigatewayv2_portals", "portal_id")
PUBLISHED, PREVIEW = "published", "preview"
"""The kinds of publications."""
PAGE, ENDPOINT = "ProductPage", "ProductRestEndpointPage"
"""The kinds of pages."""


@dataclass(frozen=True, slots=True)
class Product:
    """A portal product with its owner and its sharing policy (empty when it has none)."""

    account: str
    policy: str
    settings: Settings


def put_portal(tx: Transaction, scope: Scope, settings: Settings) -> None:
    _PORTALS.put(tx, scope, settings["PortalId"], settings)


def find_portal(tx: Transaction, scope: Scope, portal_id: str) -> Settings | None:
    return _PORTALS.find(tx, scope, portal_id)


def require_portal(tx: Transaction, scope: Scope, portal_id: str) -> Settings:
    found = find_portal(tx, scope, portal_id)
    if found is None:
        raise part_not_found("Portal")
    return found


def list_portals(tx: Transaction, scope: Scope) -> list[Settings]:
    return _PORTALS.list(tx, scope)


def delete_portal(tx: Transaction, portal_id: str) -> None:
    tx.run("DELETE FROM apigatewayv2_publications WHERE portal_id = :portal_id", portal_id=portal_id)
    _PORTALS.delete(tx, portal_id)


def put_publication(tx: Transaction, portal_id: str, kind: str, content: Settings) -> None:
    tx.run(
        "INSERT INTO apigatewayv2_publications (portal_id, kind, content) VALUES (:portal_id, :kind, :content)"
        " ON CONFLICT (portal_id, kind) DO UPDATE SET content = :content",
        portal_id=portal_id,
        kind=kind,
        content=json.dumps(content),
    )


def find_publication(tx: Transaction, portal_id: str, kind: str) -> Settings | None:
    """What a portal shows, whoever owns it."""
    row = tx.one(
        "SELECT content FROM apigatewayv2_publications WHERE portal_id = :portal_id AND kind = :kind",
        portal_id=portal_id,
        kind=kind,
    )
    return None if row is None else json.loads(row[0])


def delete_publication(tx: Transaction, portal_id: str, kind: str) -> bool:
    """Whether there was one."""
    sql = "DELETE FROM apigatewayv2_publications WHERE portal_id = :portal_id AND kind = :kind"
    return bool(tx.run(sql, portal_id=portal_id, kind=kind))


def put_product(tx: Transaction, scope: Scope, settings: Settings) -> None:
    """Store a product; its sharing policy stays."""
    tx.run(
        "INSERT INTO apigatewayv2_products (product_id, account, region, policy, settings)"
        " VALUES (:product_id, :account, :region, '', :settings)"
        " ON CONFLICT (product_id) DO UPDATE SET settings = :settings",
        product_id=settings["PortalProductId"],
        account=scope.account,
        region=scope.region,
        settings=json.dumps(settings),
    )


def put_policy(tx: Transaction, product_id: str, policy: str) -> None:
    tx.run(
        "UPDATE apigatewayv2_products SET policy = :policy WHERE product_id = :product_id",
        product_id=product_id,
        policy=policy,
    )


def find_product(tx: Transaction, scope: Scope, product_id: str) -> Product | None:
    row = tx.one(
        "SELECT account, policy, settings FROM apigatewayv2_products"
        " WHERE product_id = :product_id AND account = :account AND region = :region",
        product_id=product_id,
        account=scope.account,
        region=scope.region,
    )
    return None if row is None else Product(row[0], row[1], json.loads(row[2]))


def require_product(tx: Transaction, scope: Scope, product_id: str) -> Product:
    found = find_product(tx, scope, product_id)
    if found is None:
        raise part_not_found("Portal Product")
    return found


def list_products(tx: Transaction, scope: Scope) -> list[Settings]:
    rows = tx.all(
        "SELECT settings FROM apigatewayv2_products WHERE account = :account AND region = :region ORDER BY product_id",
        account=scope.account,
        region=scope.region,
    )
    return [json.loads(row[0]) for row in rows]


def list_foreign_products(tx: Transaction, scope: Scope) -> list[Product]:
    """The products of other accounts that have a sharing policy."""
    rows = tx.all(
        "SELECT account, policy, settings FROM apigatewayv2_products"
        " WHERE region = :region AND account <> :account AND policy <> '' ORDER BY product_id",
        account=scope.account,
        region=scope.region,
    )
    return [Product(row[0], row[1], json.loads(row[2])) for row in rows]


def delete_product(tx: Transaction, product_id: str) -> None:
    tx.run("DELETE FROM apigatewayv2_product_pages WHERE product_id = :product_id", product_id=product_id)
    tx.run("DELETE FROM apigatewayv2_products WHERE product_id = :product_id", product_id=product_id)


def put_page(tx: Transaction, product_id: str, kind: str, settings: Settings) -> None:
    tx.run(
        "INSERT INTO apigatewayv2_product_pages (product_id, kind, page_id, settings)"
        " VALUES (:product_id, :kind, :page_id, :settings)"
        " ON CONFLICT (product_id, kind, page_id) DO UPDATE SET settings = :settings",
        product_id=product_id,
        kind=kind,
        page_id=settings[f"{kind}Id"],
        settings=json.dumps(settings),
    )


def require_page(tx: Transaction, product_id: str, kind: str, page_id: str) -> Settings:
    row = tx.one(
        "SELECT settings FROM apigatewayv2_product_pages"
        " WHERE product_id = :product_id AND kind = :kind AND page_id = :page_id",
        product_id=product_id,
        kind=kind,
        page_id=page_id,
    )
    if row is None:
        raise part_not_found("Product Page" if kind == PAGE else "Product REST Endpoint Page")
    settings: Settings = json.loads(row[0])
    return settings


def list_pages(tx: Transaction, product_id: str, kind: str) -> list[Settings]:
    rows = tx.all(
        "SELECT settings FROM apigatewayv2_product_pages"
        " WHERE product_id = :product_id AND kind = :kind ORDER BY page_id",
        product_id=product_id,
        kind=kind,
    )
    return [json.loads(row[0]) for row in rows]


def delete_page(tx: Transaction, product_id: str, kind: str, page_id: str) -> None:
    tx.run(
        "DELETE FROM apigatewayv2_product_pages WHERE product_id = :product_id AND kind = :kind AND page_id = :page_id",
        product_id=product_id,
        kind=kind,
        page_id=page_id,
    )
