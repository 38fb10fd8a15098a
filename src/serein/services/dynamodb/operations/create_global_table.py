"""CreateGlobalTable: join tables of one name in several regions, as global tables of version 2017.11.29 are made."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb import globaltables
from serein.services.dynamodb.requests import require_constraints


@operation("CreateGlobalTable")
async def create_global_table(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    name = request["GlobalTableName"]
    regions = globaltables.parse_regions(request["ReplicationGroup"], call.scope.region)
    described = await call.write(lambda tx: globaltables.create_global_table(tx, call.scope, name, regions))
    return {"GlobalTableDescription": described}
