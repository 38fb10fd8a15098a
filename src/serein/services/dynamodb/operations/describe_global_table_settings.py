"""DescribeGlobalTableSettings: capacity, auto scaling and table class of each replica (version 2017.11.29)."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.globaltables import require_replicas
from serein.services.dynamodb.globaltablesettings import describe_settings
from serein.services.dynamodb.requests import require_constraints


@operation("DescribeGlobalTableSettings")
async def describe_global_table_settings(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    name = request["GlobalTableName"]
    replicas = await call.read(lambda tx: require_replicas(tx, call.scope, name))
    return {"GlobalTableName": name, "ReplicaSettings": await describe_settings(call, replicas)}
