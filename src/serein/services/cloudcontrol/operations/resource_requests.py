"""Resource requests: carried out, told, listed and cancelled."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import find_position, page_token
from serein.services.cloudcontrol import store
from serein.services.cloudcontrol.errors import ConcurrentModificationException, InvalidRequestException
from serein.services.cloudcontrol.requests import progress
from serein.services.cloudcontrol.store import ResourceRequest

_PAGE = 20


@operation("RunResourceRequest", internal=True)
async def run_resource_request(call: Call, request: Request) -> Reply:
    """Carry out the request {RequestToken}, unless it was cancelled; made again after a crash, it goes on."""

    def begin(tx: Transaction) -> ResourceRequest | None:
        found = store.require_request(tx, call.scope, request["RequestToken"])
        if found.is_over:
            return None
        found.status, found.at = "IN_PROGRESS", tx.now
        store.save_request(tx, found)
        return found

    found = await call.write(begin)
    if found is None:
        return {}
    asked = {
        "Action": found.operation,
        "TypeName": found.type,
        "Identifier": found.identifier,
        "Properties": found.content.get("model", {}),
        "Token": found.token,
    }
    reply = await call.to("cloudformation", "WorkOnResource", asked)

    def end(tx: Transaction) -> None:
        found.at = tx.now
        found.identifier = reply.get("Identifier") or found.identifier
        if "ErrorCode" in reply:
            found.status = "FAILED"
            found.content |= {"code": reply["ErrorCode"], "message": reply["Message"]}
        else:
            found.status = "SUCCESS"
            if reply.get("Properties") is not None:
                found.content["model"] = reply["Properties"]
        store.save_request(tx, found)

    await call.write(end)
    return {}


@operation("GetResourceRequestStatus")
async def get_resource_request_status(call: Call, request: Request) -> Reply:
    found = await call.read(lambda tx: store.require_request(tx, call.scope, request["RequestToken"]))
    return {"ProgressEvent": progress(found)}


@operation("ListResourceRequests")
async def list_resource_requests(call: Call, request: Request) -> Reply:
    wanted = request.get("ResourceRequestStatusFilter", {})
    start = find_position(request["NextToken"]) if "NextToken" in request else 0
    if not isinstance(start, int) or start < 0:
        raise InvalidRequestException("NextToken is not valid")
    found = [
        it
        for it in await call.read(lambda tx: store.requests_of(tx, call.scope))
        if it.operation in wanted.get("Operations", [it.operation])
        and it.status in wanted.get("OperationStatuses", [it.status])
    ]
    end = start + request.get("MaxResults", _PAGE)
    reply: Reply = {"ResourceRequestStatusSummaries": [progress(it) for it in found[start:end]]}
    if len(found) > end:
        reply["NextToken"] = page_token(end)
    return reply


@operation("CancelResourceRequest", partial="a request that has begun is not cancelled")
async def cancel_resource_request(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> ResourceRequest:
        found = store.require_request(tx, call.scope, request["RequestToken"])
        if found.status != "PENDING":
            raise ConcurrentModificationException(
                f"The request {found.token} is {found.status} and can not be cancelled"
            )
        found.status, found.at = "CANCEL_COMPLETE", tx.now
        store.save_request(tx, found)
        return found

    return {"ProgressEvent": progress(await call.write(write))}
