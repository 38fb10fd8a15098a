"""ImportTable: a new table with the items of objects in a bucket."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.jobs.imports import described, require_valid, start_import
from serein.services.dynamodb.requests import require_constraints


@operation("ImportTable")
async def import_table(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    require_valid(request)
    job = await call.write(lambda tx: start_import(tx, call, request))
    return {"ImportTableDescription": described(job)}
