"""StartBulkPutItems: begin to put the items of objects in a bucket into a table."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.jobs.bulk import bulk_of, require_valid, start_bulk
from serein.services.dynamodb.requests import require_constraints


@operation(
    "StartBulkPutItems",
    partial="The report's files have a layout of Serein's own.",
    stored=("MaxWriteRequestUnits", "PerformanceTier"),
)
async def start_bulk_put_items(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    require_valid(request)
    job = await call.write(lambda tx: start_bulk(tx, call, request))
    return {"BulkOperationDescription": bulk_of(job).description}
