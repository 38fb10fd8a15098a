"""Publishing portals: PublishPortal, PreviewPortal and DisablePortal.

AWS takes minutes for each; here the portal has changed when the call returns. A portal that can't be published keeps
what is published, and says why.
"""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2.errors import ConflictException, part_not_found
from serein.services.apigatewayv2.portals.publications import snapshot_of
from serein.services.apigatewayv2.store import portals as store
from serein.services.apigatewayv2.store.portals import PREVIEW, PUBLISHED


@operation("PublishPortal")
async def publish_portal(call: Call, request: Request) -> Reply:
    """Raises NotFoundException; what keeps a portal from being published is its StatusException."""
    snapshot, fault = await _snapshot(call, request["PortalId"])

    def write(tx: Transaction) -> None:
        portal = store.require_portal(tx, call.scope, request["PortalId"])
        portal.pop("StatusException", None)
        if snapshot is None:
            portal |= {"PublishStatus": "PUBLISH_FAILED", "StatusException": fault}
        else:
            portal |= {
                "LastPublished": tx.now,
                "LastPublishedDescription": request.get("Description", ""),
                "PublishStatus": "PUBLISHED",
            }
            store.put_publication(tx, portal["PortalId"], PUBLISHED, snapshot)
        store.put_portal(tx, call.scope, portal)

    await call.write(write)
    return {}


@operation("PreviewPortal")
async def preview_portal(call: Call, request: Request) -> Reply:
    """Raises NotFoundException; what keeps a portal from being shown is in its Preview."""
    portal_id = request["PortalId"]
    snapshot, fault = await _snapshot(call, portal_id)

    def write(tx: Transaction) -> None:
        portal = store.require_portal(tx, call.scope, portal_id)
        if snapshot is None:
            portal["Preview"] = {"PreviewStatus": "PREVIEW_FAILED", "StatusException": fault}
            store.delete_publication(tx, portal_id, PREVIEW)
        else:
            portal["Preview"] = {"PreviewStatus": "PREVIEW_READY"}
            store.put_publication(tx, portal_id, PREVIEW, snapshot)
        store.put_portal(tx, call.scope, portal)

    await call.write(write)
    return {}


@operation("DisablePortal")
async def disable_portal(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, ConflictException for a portal that isn't published."""

    def write(tx: Transaction) -> None:
        portal = store.require_portal(tx, call.scope, request["PortalId"])
        if not store.delete_publication(tx, portal["PortalId"], PUBLISHED):
            raise ConflictException("The portal is not published")
        portal.pop("StatusException", None)
        portal["PublishStatus"] = "DISABLED"
        store.put_portal(tx, call.scope, portal)

    await call.write(write)
    return {}


@operation("FindPortalPublication", internal=True)
async def find_portal_publication(call: Call, request: Request) -> Reply:
    """What the portal `PortalId` shows, `IsPreview` or not, whoever owns it. Raises NotFoundException."""
    kind = PREVIEW if request.get("IsPreview") else PUBLISHED
    found = await call.read(lambda tx: store.find_publication(tx, request["PortalId"], kind))
    if found is None:
        raise part_not_found("Portal")
    return found


async def _snapshot(call: Call, portal_id: str) -> tuple[dict[str, Any] | None, dict[str, str]]:
    """What the portal is to show, or None and why it can't."""
    portal = await call.read(lambda tx: store.require_portal(tx, call.scope, portal_id))
    try:
        return await snapshot_of(call, portal), {}
    except AwsError as error:
        return None, {"Exception": error.code, "Message": error.message}
