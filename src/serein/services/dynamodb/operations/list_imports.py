"""ListImports: the imports of the last 90 days, the latest of a table first."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.jobs.imports import summary
from serein.services.dynamodb.jobs.listing import read_page, require_position
from serein.services.dynamodb.jobs.records import IMPORT
from serein.services.dynamodb.requests import require_constraints

_PAGE = 25


@operation("ListImports")
async def list_imports(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    after, limit = require_position(request), request.get("PageSize", _PAGE)
    table_arn = request.get("TableArn", "")
    found, token = await call.read(lambda tx: read_page(tx, call.scope, IMPORT, table_arn, after, limit))
    reply: Reply = {"ImportSummaryList": [summary(job) for job in found]}
    return {**reply, "NextToken": token} if token else reply
