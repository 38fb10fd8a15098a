"""DescribeImport: how an import is getting on: what was read, what was imported and what was wrong."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.jobs.imports import described, require_import
from serein.services.dynamodb.requests import require_constraints


@operation("DescribeImport")
async def describe_import(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    job = await call.read(lambda tx: require_import(tx, call.scope, request["ImportArn"]))
    return {"ImportTableDescription": described(job)}
