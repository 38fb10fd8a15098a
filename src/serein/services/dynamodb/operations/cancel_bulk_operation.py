"""CancelBulkOperation: stop a bulk operation; what it has put stays."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.jobs.bulk import cancel, require_bulk
from serein.services.dynamodb.requests import require_constraints


@operation("CancelBulkOperation")
async def cancel_bulk_operation(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    arn = request["BulkOperationArn"]
    status = await call.write(lambda tx: cancel(tx, require_bulk(tx, call.scope, arn)))
    return {"BulkOperationArn": arn, "BulkOperationStatus": status}
