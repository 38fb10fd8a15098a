"""DescribeExport: how an export is getting on, and where its manifest is."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.jobs.exports import described, require_export
from serein.services.dynamodb.requests import require_constraints


@operation("DescribeExport")
async def describe_export(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    job = await call.read(lambda tx: require_export(tx, call.scope, request["ExportArn"]))
    return {"ExportDescription": described(job)}
