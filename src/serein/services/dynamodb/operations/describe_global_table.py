"""DescribeGlobalTable: the replicas of a global table of version 2017.11.29."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb import globaltables
from serein.services.dynamodb.requests import require_constraints


@operation("DescribeGlobalTable")
async def describe_global_table(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    name = request["GlobalTableName"]
    described = await call.read(lambda tx: globaltables.describe_global_table(tx, call.scope, name))
    return {"GlobalTableDescription": described}
