"""Pages of the REST endpoints of portal products: create, get, list, update and delete."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.scope import Scope
from serein.services.apigatewayv2.pages import page_of
from serein.services.apigatewayv2.portals.endpoints import (
    Stages,
    is_raw_wanted,
    overrides_of,
    parts_of,
    shown_page,
    summary_of,
)
from serein.services.apigatewayv2.portals.products import add_page, drop_page
from serein.services.apigatewayv2.portals.sharing import require_readable
from serein.services.apigatewayv2.store import portals as store
from serein.services.apigatewayv2.store.portals import ENDPOINT


@operation("CreateProductRestEndpointPage")
async def create_product_rest_endpoint_page(call: Call, request: Request) -> Reply:
    """Raises BadRequest-, TooManyRequestsException, NotFoundException for a product or an endpoint that isn't there."""
    parts = parts_of(request["RestEndpointIdentifier"])
    settings = {
        "Overrides": overrides_of(request),
        "Parts": parts,
        "TryItState": request.get("TryItState", "DISABLED"),
    }
    await call.read(lambda tx: store.require_product(tx, call.scope, request["PortalProductId"]))
    stages = Stages(call, call.scope)
    await stages.require_endpoint(parts)

    def write(tx: Transaction) -> Reply:
        product = store.require_product(tx, call.scope, request["PortalProductId"])
        return add_page(tx, product.settings, ENDPOINT, settings)

    return await shown_page(await call.write(write), stages, call.platform.limits.endpoint)


@operation("GetProductRestEndpointPage")
async def get_product_rest_endpoint_page(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequest-, AccessDeniedException."""
    is_raw = is_raw_wanted(request)

    def read(tx: Transaction) -> tuple[str, Reply]:
        product = require_readable(tx, call.scope, request, "GetProductRestEndpointPage")
        page_id = request["ProductRestEndpointPageId"]
        return product.account, store.require_page(tx, request["PortalProductId"], ENDPOINT, page_id)

    account, page = await call.read(read)
    stages = Stages(call, Scope(account, call.scope.region))
    return await shown_page(page, stages, call.platform.limits.endpoint, is_raw=is_raw)


@operation("ListProductRestEndpointPages")
async def list_product_rest_endpoint_pages(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequest-, AccessDeniedException."""

    def read(tx: Transaction) -> tuple[str, list[Reply]]:
        product = require_readable(tx, call.scope, request, "ListProductRestEndpointPages")
        return product.account, store.list_pages(tx, request["PortalProductId"], ENDPOINT)

    account, pages = await call.read(read)
    reply = page_of(pages, "ProductRestEndpointPageId", request)
    stages = Stages(call, Scope(account, call.scope.region))
    endpoint = call.platform.limits.endpoint
    reply["Items"] = [summary_of(await shown_page(page, stages, endpoint)) for page in reply["Items"]]
    return reply


@operation("UpdateProductRestEndpointPage")
async def update_product_rest_endpoint_page(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""
    overrides = overrides_of(request)

    def write(tx: Transaction) -> Reply:
        store.require_product(tx, call.scope, request["PortalProductId"])
        page = store.require_page(tx, request["PortalProductId"], ENDPOINT, request["ProductRestEndpointPageId"])
        if "DisplayContent" in request:
            page["Overrides"] = overrides
        page |= {"LastModified": tx.now, "TryItState": request.get("TryItState", page["TryItState"])}
        store.put_page(tx, request["PortalProductId"], ENDPOINT, page)
        return page

    return await shown_page(await call.write(write), Stages(call, call.scope), call.platform.limits.endpoint)


@operation("DeleteProductRestEndpointPage")
async def delete_product_rest_endpoint_page(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        product = store.require_product(tx, call.scope, request["PortalProductId"])
        drop_page(tx, call.scope, product.settings, ENDPOINT, request["ProductRestEndpointPageId"])

    await call.write(write)
    return {}
