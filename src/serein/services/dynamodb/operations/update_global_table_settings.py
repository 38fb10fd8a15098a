"""UpdateGlobalTableSettings: billing mode, capacity and auto scaling of a version 2017.11.29 global table's replicas.

Billing modes, units and table classes change in all replicas or in none; auto scaling follows after them.
"""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb import lifecycle
from serein.services.dynamodb.globaltables import require_replicas
from serein.services.dynamodb.globaltablesettings import (
    describe_settings,
    require_known,
    scaling_updates,
    scope_of,
    update_requests,
)
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.scaling import update_scaling
from serein.services.dynamodb.tablechanges import updated_definition
from serein.services.dynamodb.tables import Table


@operation("UpdateGlobalTableSettings")
async def update_global_table_settings(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    name = request["GlobalTableName"]

    def update(tx: Transaction) -> dict[str, Table]:
        replicas = require_replicas(tx, call.scope, name)
        require_known(request, replicas)
        for region, wanted in update_requests(request, replicas).items():
            old = replicas[region].definition
            new = updated_definition(old, wanted, tx.now)
            replicas[region] = lifecycle.replace(tx, scope_of(replicas[region]), old, new)
        return replicas

    replicas = await call.write(update)
    for scalable, wanted in scaling_updates(request, replicas):
        await update_scaling(call, scalable, wanted)
    described = await describe_settings(call, replicas)
    return {"GlobalTableName": name, "ReplicaSettings": described}
