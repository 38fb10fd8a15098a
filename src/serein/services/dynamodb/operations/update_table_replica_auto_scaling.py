"""UpdateTableReplicaAutoScaling: let a table's replicas scale; writes in all of them alike, reads in each its own way.

Every setting is checked before the first is changed; each change is a call of Application Auto Scaling.
"""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.replicascaling import describe_replicas, replicas_of, wanted_scaling
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.scaling import update_scaling
from serein.services.dynamodb.tables import require_table_name


@operation("UpdateTableReplicaAutoScaling")
async def update_table_replica_auto_scaling(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    name = require_table_name(request["TableName"])
    replicas = await call.read(lambda tx: replicas_of(tx, call.scope, name))
    for scalable, update in wanted_scaling(request, replicas):
        await update_scaling(call, scalable, update)
    described = await describe_replicas(call, replicas)
    return {"TableAutoScalingDescription": {**described, "TableStatus": "UPDATING"}}
