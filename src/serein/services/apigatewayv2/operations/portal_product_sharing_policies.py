"""Sharing policies of portal products: put, get and delete."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2.errors import part_not_found
from serein.services.apigatewayv2.portals.sharing import require_policy
from serein.services.apigatewayv2.store import portals as store


@operation("PutPortalProductSharingPolicy")
async def put_portal_product_sharing_policy(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException for what isn't a policy."""
    require_policy(request["PolicyDocument"])

    def write(tx: Transaction) -> None:
        store.require_product(tx, call.scope, request["PortalProductId"])
        store.put_policy(tx, request["PortalProductId"], request["PolicyDocument"])

    await call.write(write)
    return {}


@operation("GetPortalProductSharingPolicy")
async def get_portal_product_sharing_policy(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, also for a product without a policy."""
    product = await call.read(lambda tx: store.require_product(tx, call.scope, request["PortalProductId"]))
    if not product.policy:
        raise part_not_found("Portal Product Sharing Policy")
    return {"PolicyDocument": product.policy, "PortalProductId": request["PortalProductId"]}


@operation("DeletePortalProductSharingPolicy")
async def delete_portal_product_sharing_policy(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, also for a product without a policy."""

    def write(tx: Transaction) -> None:
        if not store.require_product(tx, call.scope, request["PortalProductId"]).policy:
            raise part_not_found("Portal Product Sharing Policy")
        store.put_policy(tx, request["PortalProductId"], "")

    await call.write(write)
    return {}
