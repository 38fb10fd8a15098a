"""ListExports: the exports of the last 90 days, the latest of a table first."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.jobs.exports import described
from serein.services.dynamodb.jobs.listing import read_page, require_position
from serein.services.dynamodb.jobs.records import EXPORT
from serein.services.dynamodb.requests import require_constraints

_PAGE = 25
_SHOWN = ("ExportArn", "ExportStatus", "ExportType")


@operation("ListExports")
async def list_exports(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    after, limit = require_position(request), request.get("MaxResults", _PAGE)
    table_arn = request.get("TableArn", "")
    found, token = await call.read(lambda tx: read_page(tx, call.scope, EXPORT, table_arn, after, limit))
    shown = [described(job) for job in found]
    reply: Reply = {"ExportSummaries": [{name: one[name] for name in _SHOWN} for one in shown]}
    return {**reply, "NextToken": token} if token else reply
