"""UpdateTable: billing, throughput, streams, global indexes and protection of a table."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.scope import Scope
from serein.services.dynamodb import lifecycle, transitions
from serein.services.dynamodb.counts import count_all
from serein.services.dynamodb.descriptions import describe
from serein.services.dynamodb.membership import change_replicas, require_settled
from serein.services.dynamodb.replicachanges import ReplicaChange, find_replica_change, require_one_account
from serein.services.dynamodb.replicadescriptions import show_change
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.scaling import copy_scaling, require_scaled_writes
from serein.services.dynamodb.store.tables import require_active_table, require_described_table
from serein.services.dynamodb.tablechanges import require_change, updated_definition
from serein.services.dynamodb.tables import Table, require_table_name, table_of


@operation(
    "UpdateTable",
    partial="Global tables of several accounts are refused.",
    stored=("WarmThroughput", "SSESpecification", "TableClass"),
)
async def update_table(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    name = require_table_name(request["TableName"])
    require_one_account(request)
    require_change(request)
    replicas = find_replica_change(request, call.scope.region)
    table = await call.read(lambda tx: require_described_table(tx, call.scope, name))
    counts = await count_all(call, table)
    if replicas is not None and replicas.creates:
        await require_scaled_writes(call, table.definition, call.scope)

    is_gradual = call.platform.realism.is_gradual
    replace = transitions.change_slowly if is_gradual else lifecycle.replace

    def update(tx: Transaction) -> dict[str, Any]:
        table = require_active_table(tx, call.scope, name)
        scope, _ = table_of(call.scope, name)
        if replicas is not None:
            return _with_replicas(tx, scope, table, replicas)
        require_settled(table.definition)
        new = updated_definition(table.definition, request, tx.now)
        return describe(replace(tx, scope, table.definition, new), counts, "UPDATING", now=tx.now)

    def _with_replicas(tx: Transaction, scope: Scope, table: Table, change: ReplicaChange) -> dict[str, Any]:
        after = change_replicas(tx, scope, table, change, is_gradual=is_gradual)
        described = describe(after, counts, "UPDATING", now=tx.now)
        show_change(described, table.definition.replication, after.definition.replication)
        return described

    reply = {"TableDescription": await call.write(update)}
    if replicas is not None and replicas.creates:
        for action in replicas.creates:
            await copy_scaling(call, table.definition, call.scope, Scope(call.scope.account, action["RegionName"]))
    return reply
