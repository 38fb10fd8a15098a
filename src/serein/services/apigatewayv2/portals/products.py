"""Portal products and their pages: what is kept, and how it is shown."""

from typing import Any

from serein.kernel.arn import arn_of
from serein.kernel.database import Transaction
from serein.kernel.ids import random_lower
from serein.kernel.scope import Scope
from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.portals.settings import require_few_tags, require_room
from serein.services.apigatewayv2.store import portals as store
from serein.services.apigatewayv2.store.portals import ENDPOINT, PAGE

Settings = dict[str, Any]
# AWS: "Quotas for configuring portals in API Gateway", developerguide/api-gateway-portal-quotas.html
MOST_PRODUCTS, _MOST_PAGES = 500, 40
_SETTABLE = ("Description", "DisplayName", "DisplayOrder")
_SUMMARY = ("Description", "DisplayName", "LastModified", "PortalProductArn", "PortalProductId", "Tags")
_PLURAL = {PAGE: "productpages", ENDPOINT: "productrestendpointpages"}


def new_product(request: Settings, scope: Scope, now: float) -> Settings:
    """The stored settings of a product to be created. Raises BadRequestException."""
    require_few_tags(request.get("Tags", {}))
    product_id = random_lower(10)
    return {
        "Description": request.get("Description", ""),
        "DisplayName": request["DisplayName"],
        "LastModified": now,
        "PortalProductArn": arn_of("apigateway", scope, f"/portalproducts/{product_id}"),
        "PortalProductId": product_id,
        "Tags": request.get("Tags", {}),
    }


def changed_product(tx: Transaction, settings: Settings, request: Settings) -> Settings:
    """The settings after UpdatePortalProduct's request. Raises BadRequestException."""
    if "DisplayOrder" in request:
        _check_order(tx, settings["PortalProductId"], request["DisplayOrder"])
    return {**settings, "LastModified": tx.now, **{name: request[name] for name in _SETTABLE if name in request}}


def summary_of(settings: Settings) -> Settings:
    return {name: settings[name] for name in _SUMMARY}


def _check_order(tx: Transaction, product_id: str, order: Settings) -> None:
    sections = order.get("Contents", [])
    placed = {
        PAGE: [*order.get("ProductPageArns", []), *filter(None, [order.get("OverviewPageArn")])],
        ENDPOINT: [arn for section in sections for arn in section["ProductRestEndpointPageArns"]],
    }
    for kind, arns in placed.items():
        known = {page[f"{kind}Arn"] for page in store.list_pages(tx, product_id, kind)}
        for arn in arns:
            if arn not in known:
                raise BadRequestException(f"The display order names a page that the portal product doesn't have: {arn}")
        if len(set(arns)) < len(arns):
            raise BadRequestException("The display order names a page twice")


def add_page(tx: Transaction, product: Settings, kind: str, settings: Settings) -> Settings:
    """Give a product a page with these settings. Raises TooManyRequestsException."""
    product_id = product["PortalProductId"]
    require_room(len(store.list_pages(tx, product_id, kind)), _MOST_PAGES, f"{_PLURAL[kind]} per portal product")
    page_id = random_lower(10)
    page = {
        **settings,
        "LastModified": tx.now,
        f"{kind}Arn": f"{product['PortalProductArn']}/{_PLURAL[kind]}/{page_id}",
        f"{kind}Id": page_id,
    }
    store.put_page(tx, product_id, kind, page)
    return page


def drop_page(tx: Transaction, scope: Scope, product: Settings, kind: str, page_id: str) -> None:
    """Take a page from a product, and from its display order. Raises NotFoundException."""
    arn = store.require_page(tx, product["PortalProductId"], kind, page_id)[f"{kind}Arn"]
    store.delete_page(tx, product["PortalProductId"], kind, page_id)
    order = product.get("DisplayOrder")
    if order is not None:
        store.put_product(tx, scope, {**product, "DisplayOrder": _without(order, arn)})


def _without(order: Settings, arn: str) -> Settings:
    left = {name: value for name, value in order.items() if name != "OverviewPageArn" or value != arn}
    if "ProductPageArns" in left:
        left["ProductPageArns"] = [each for each in left["ProductPageArns"] if each != arn]
    if "Contents" in left:
        left["Contents"] = [
            {**section, "ProductRestEndpointPageArns": [x for x in section["ProductRestEndpointPageArns"] if x != arn]}
            for section in left["Contents"]
        ]
    return left
