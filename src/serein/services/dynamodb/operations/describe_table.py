"""DescribeTable: what a table is, and how much is in it."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.counts import count_all
from serein.services.dynamodb.descriptions import describe
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.tables import require_described_table
from serein.services.dynamodb.tables import require_table_name


@operation("DescribeTable")
async def describe_table(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    name = require_table_name(request["TableName"])
    table = await call.read(lambda tx: require_described_table(tx, call.scope, name))
    return {"Table": describe(table, await count_all(call, table), now=call.now)}
