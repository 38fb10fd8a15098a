"""DescribeTableReplicaAutoScaling: how a table's replicas scale, the table of the request's region included."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.replicascaling import describe_replicas, replicas_of
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.tables import require_table_name


@operation("DescribeTableReplicaAutoScaling")
async def describe_table_replica_auto_scaling(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    name = require_table_name(request["TableName"])
    replicas = await call.read(lambda tx: replicas_of(tx, call.scope, name))
    return {"TableAutoScalingDescription": await describe_replicas(call, replicas)}
