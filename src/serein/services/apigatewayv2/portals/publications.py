"""What a portal shows once it is published or previewed: a snapshot of it, of its products and of their pages."""

from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.apigatewayv2.errors import NotFoundException
from serein.services.apigatewayv2.portals.endpoints import Stages
from serein.services.apigatewayv2.portals.sharing import require_included
from serein.services.apigatewayv2.store import portals as store
from serein.services.apigatewayv2.store.portals import ENDPOINT, PAGE, Product

Settings = dict[str, Any]
_REST = "REST endpoints"
"""The section of endpoints that the display order doesn't mention."""


async def snapshot_of(call: Call, portal: Settings) -> Settings:
    """What a publication of a portal shows.

    Raises BadRequest-, AccessDenied-, NotFoundException for a product or an endpoint that isn't there any more.
    """

    def read(tx: Transaction) -> list[tuple[Product, list[Settings], list[Settings]]]:
        found = [require_included(tx, call.scope, arn) for arn in portal["IncludedPortalProductArns"]]
        return [(product, _pages(tx, product, PAGE), _pages(tx, product, ENDPOINT)) for product in found]

    products = [await _product(call, *each) for each in await call.read(read)]
    return {
        "Account": call.scope.account,
        "LogoUri": portal.get("LogoUri", ""),
        "PortalContent": portal["PortalContent"],
        "PortalId": portal["PortalId"],
        "Products": products,
        "Region": call.scope.region,
    }


def _pages(tx: Transaction, product: Product, kind: str) -> list[Settings]:
    return store.list_pages(tx, product.settings["PortalProductId"], kind)


async def _product(call: Call, product: Product, pages: list[Settings], endpoints: list[Settings]) -> Settings:
    settings = product.settings
    order = settings.get("DisplayOrder", {})
    placed = [*filter(None, [order.get("OverviewPageArn")]), *order.get("ProductPageArns", [])]
    by_arn = {page[f"{PAGE}Arn"]: page["DisplayContent"] for page in pages}
    arns = dict.fromkeys([*placed, *by_arn])
    arn = find_arn(settings["PortalProductArn"])
    owner = arn.scope if arn is not None else Scope(product.account, call.scope.region)
    return {
        "Account": product.account,
        "Description": settings["Description"],
        "DisplayName": settings["DisplayName"],
        "Id": settings["PortalProductId"],
        "Pages": [by_arn[arn] for arn in arns if arn in by_arn],
        "Sections": await _sections(order, endpoints, Stages(call, owner)),
    }


async def _sections(order: Settings, endpoints: list[Settings], stages: Stages) -> list[Settings]:
    left = {page[f"{ENDPOINT}Arn"]: await _endpoint(page, stages) for page in endpoints}
    sections = []
    for section in order.get("Contents", []):
        arns = [arn for arn in section["ProductRestEndpointPageArns"] if arn in left]
        sections.append({"Name": section["SectionName"], "Endpoints": [left.pop(arn) for arn in arns]})
    if left:
        sections.append({"Name": _REST, "Endpoints": list(left.values())})
    return sections


async def _endpoint(page: Settings, stages: Stages) -> Settings:
    parts = page["Parts"]
    try:
        found = await stages.require_endpoint(parts)
    except NotFoundException as error:
        where = f"{parts['Method']} {parts['Path']} of {parts['RestApiId']}/{parts['Stage']}"
        raise NotFoundException(f"The REST endpoint {where} can't be published: {error.message}") from error
    own = {"Body": found.body, "OperationName": found.operation_name}
    return {**own, **page["Overrides"], **parts, "IsTryable": page["TryItState"] == "ENABLED"}
