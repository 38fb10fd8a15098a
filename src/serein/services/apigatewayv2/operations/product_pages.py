"""Pages of portal products: create, get, list, update and delete."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2.pages import page_of
from serein.services.apigatewayv2.portals.products import add_page, drop_page
from serein.services.apigatewayv2.portals.sharing import require_readable
from serein.services.apigatewayv2.store import portals as store
from serein.services.apigatewayv2.store.portals import PAGE


@operation("CreateProductPage")
async def create_product_page(call: Call, request: Request) -> Reply:
    """Raises NotFound-, TooManyRequestsException."""

    def write(tx: Transaction) -> Reply:
        product = store.require_product(tx, call.scope, request["PortalProductId"])
        return add_page(tx, product.settings, PAGE, {"DisplayContent": request["DisplayContent"]})

    return await call.write(write)


@operation("GetProductPage")
async def get_product_page(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequest-, AccessDeniedException."""

    def read(tx: Transaction) -> Reply:
        require_readable(tx, call.scope, request, "GetProductPage")
        return store.require_page(tx, request["PortalProductId"], PAGE, request["ProductPageId"])

    return await call.read(read)


@operation("ListProductPages")
async def list_product_pages(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequest-, AccessDeniedException."""

    def read(tx: Transaction) -> list[Reply]:
        require_readable(tx, call.scope, request, "ListProductPages")
        return store.list_pages(tx, request["PortalProductId"], PAGE)

    summaries = [
        {
            "LastModified": page["LastModified"],
            "PageTitle": page["DisplayContent"]["Title"],
            "ProductPageArn": page["ProductPageArn"],
            "ProductPageId": page["ProductPageId"],
        }
        for page in await call.read(read)
    ]
    return page_of(summaries, "ProductPageId", request)


@operation("UpdateProductPage")
async def update_product_page(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def write(tx: Transaction) -> Reply:
        store.require_product(tx, call.scope, request["PortalProductId"])
        page = store.require_page(tx, request["PortalProductId"], PAGE, request["ProductPageId"])
        page["DisplayContent"] = request.get("DisplayContent", page["DisplayContent"])
        page["LastModified"] = tx.now
        store.put_page(tx, request["PortalProductId"], PAGE, page)
        return page

    return await call.write(write)


@operation("DeleteProductPage")
async def delete_product_page(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        product = store.require_product(tx, call.scope, request["PortalProductId"])
        drop_page(tx, call.scope, product.settings, PAGE, request["ProductPageId"])

    await call.write(write)
    return {}
