"""Portal products: create, get, list, update and delete."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.pages import page_of
from serein.services.apigatewayv2.portals.products import MOST_PRODUCTS, changed_product, new_product, summary_of
from serein.services.apigatewayv2.portals.settings import require_room
from serein.services.apigatewayv2.portals.sharing import is_shared, require_readable
from serein.services.apigatewayv2.store import portals as store

_OWNERS = ("SELF", "OTHER_ACCOUNTS")


@operation("CreatePortalProduct")
async def create_portal_product(call: Call, request: Request) -> Reply:
    """Raises BadRequest-, TooManyRequestsException."""
    product = new_product(request, call.scope, call.now)

    def write(tx: Transaction) -> None:
        require_room(len(store.list_products(tx, call.scope)), MOST_PRODUCTS, "portal products per account")
        store.put_product(tx, call.scope, product)

    await call.write(write)
    return product


@operation("GetPortalProduct")
async def get_portal_product(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequest-, AccessDeniedException."""
    return (await call.read(lambda tx: require_readable(tx, call.scope, request, "GetPortalProduct"))).settings


@operation("ListPortalProducts")
async def list_portal_products(call: Call, request: Request) -> Reply:
    """Raises BadRequestException for an owner that is none, a malformed page size or token."""
    owner = request.get("ResourceOwner", "SELF")
    if owner not in _OWNERS:
        raise BadRequestException(f"Invalid resourceOwner specified. Must be one of: [{', '.join(_OWNERS)}]")

    def read(tx: Transaction) -> list[Reply]:
        if owner == "SELF":
            return store.list_products(tx, call.scope)
        foreign = store.list_foreign_products(tx, call.scope)
        return [product.settings for product in foreign if is_shared(product, call.scope)]

    return page_of([summary_of(product) for product in await call.read(read)], "PortalProductId", request)


@operation("UpdatePortalProduct")
async def update_portal_product(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException for a display order with other pages than the product's."""

    def write(tx: Transaction) -> Reply:
        product = store.require_product(tx, call.scope, request["PortalProductId"])
        changed = changed_product(tx, product.settings, request)
        store.put_product(tx, call.scope, changed)
        return changed

    return await call.write(write)


@operation("DeletePortalProduct")
async def delete_portal_product(call: Call, request: Request) -> Reply:
    """The portals that show it do so until they are published again. Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        store.require_product(tx, call.scope, request["PortalProductId"])
        store.delete_product(tx, request["PortalProductId"])

    await call.write(write)
    return {}
