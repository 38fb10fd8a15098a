"""UpdateTable: billing, throughput, streams, global indexes and protection of a table."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb import lifecycle
from serein.services.dynamodb.counts import count_all
from serein.services.dynamodb.definitions import require_supported
from serein.services.dynamodb.descriptions import describe
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.tables import require_described_table
from serein.services.dynamodb.tablechanges import require_change, updated_definition
from serein.services.dynamodb.tables import require_table_name, table_of


@operation(
    "UpdateTable",
    partial="Replicas, vector indexes and index keys of more than two attributes are refused.",
    stored=("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput", "SSESpecification", "TableClass"),
)
async def update_table(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    name = require_table_name(request["TableName"])
    require_supported(request)
    require_change(request)

    counts = await count_all(call, await call.read(lambda tx: require_described_table(tx, call.scope, name)))

    def update(tx: Transaction) -> dict[str, Any]:
        table = require_described_table(tx, call.scope, name)
        new = updated_definition(table.definition, request, tx.now)
        scope, _ = table_of(call.scope, name)
        return describe(lifecycle.replace(tx, scope, table.definition, new), counts, "UPDATING")

    return {"TableDescription": await call.write(update)}
