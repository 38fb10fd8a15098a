"""Portals: create, get, list, update and delete."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.pages import page_of
from serein.services.apigatewayv2.portals.settings import (
    MOST_PORTALS,
    changed_portal,
    new_portal,
    require_room,
    shown_portal,
)
from serein.services.apigatewayv2.portals.sharing import require_included
from serein.services.apigatewayv2.store import portals as store

_STORED = ("Authorization", "EndpointConfiguration", "RumAppMonitorName")


@operation("CreatePortal", stored=_STORED)
async def create_portal(call: Call, request: Request) -> Reply:
    """Raises BadRequest-, AccessDenied-, TooManyRequestsException."""
    portal = new_portal(request, call.scope, call.now)

    def write(tx: Transaction) -> None:
        require_room(len(store.list_portals(tx, call.scope)), MOST_PORTALS, "portals per account")
        _put(tx, call, portal)

    await call.write(write)
    return shown_portal(portal, call.platform.limits.endpoint)


@operation("GetPortal")
async def get_portal(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    portal = await call.read(lambda tx: store.require_portal(tx, call.scope, request["PortalId"]))
    return shown_portal(portal, call.platform.limits.endpoint)


@operation("ListPortals")
async def list_portals(call: Call, request: Request) -> Reply:
    """Raises BadRequestException for a malformed page size or token."""
    found = await call.read(lambda tx: store.list_portals(tx, call.scope))
    return page_of([shown_portal(portal, call.platform.limits.endpoint) for portal in found], "PortalId", request)


@operation("UpdatePortal", stored=_STORED)
async def update_portal(call: Call, request: Request) -> Reply:
    """What is published stays as it is. Raises NotFound-, BadRequest-, AccessDeniedException."""

    def write(tx: Transaction) -> Reply:
        portal = store.require_portal(tx, call.scope, request["PortalId"])
        portal = changed_portal(portal, request, call.scope, tx.now)
        if "IncludedPortalProductArns" in request:
            _put(tx, call, portal)
        else:
            store.put_portal(tx, call.scope, portal)
        return portal

    return shown_portal(await call.write(write), call.platform.limits.endpoint)


@operation("DeletePortal")
async def delete_portal(call: Call, request: Request) -> Reply:
    """Raises BadRequestException while the portal is published."""
    portal_id = request["PortalId"]

    def write(tx: Transaction) -> None:
        # AWS: the operation has no NotFoundException: a portal that isn't there is deleted.
        if store.find_portal(tx, call.scope, portal_id) is None:
            return
        if store.find_publication(tx, portal_id, store.PUBLISHED) is not None:
            raise BadRequestException("The portal is published. To delete your portal, you must disable it first")
        store.delete_portal(tx, portal_id)

    await call.write(write)
    return {}


def _put(tx: Transaction, call: Call, portal: Reply) -> None:
    """Store a portal whose products are there and may be included."""
    for arn in portal["IncludedPortalProductArns"]:
        require_included(tx, call.scope, arn)
    store.put_portal(tx, call.scope, portal)
