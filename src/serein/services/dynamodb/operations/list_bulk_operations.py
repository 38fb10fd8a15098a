"""ListBulkOperations: the bulk operations of the last 90 days, the latest first."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.jobs.bulk import read_page
from serein.services.dynamodb.requests import require_constraints

_PAGE = 10


@operation("ListBulkOperations")
async def list_bulk_operations(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    token, limit = request.get("NextToken", ""), request.get("MaxResults", _PAGE)
    found, more = await call.read(lambda tx: read_page(tx, call.scope, token, limit))
    reply: Reply = {"BulkOperationsSummaryList": found}
    return {**reply, "NextToken": more} if more else reply
