"""DescribeBulkOperation: how a bulk operation is getting on."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.jobs.bulk import bulk_of, require_bulk
from serein.services.dynamodb.requests import require_constraints


@operation("DescribeBulkOperation")
async def describe_bulk_operation(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    job = await call.read(lambda tx: require_bulk(tx, call.scope, request["BulkOperationArn"]))
    return {"BulkOperationDescription": bulk_of(job).description}
