"""ListGlobalTables: the account's global tables of version 2017.11.29, in order of their names."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.globaltables import global_table_names, regions_of

_PAGE = 100


@operation("ListGlobalTables")
async def list_global_tables(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    after, limit = request.get("ExclusiveStartGlobalTableName", ""), request.get("Limit", _PAGE)
    region, account = request.get("RegionName", ""), call.scope.account

    def read(tx: Transaction) -> tuple[list[dict[str, Any]], bool]:
        names = global_table_names(tx, account, region, after, limit + 1)
        listed = [
            {
                "GlobalTableName": name,
                "ReplicationGroup": [{"RegionName": one} for one in regions_of(tx, account, name)],
            }
            for name in names[:limit]
        ]
        return listed, len(names) > limit

    listed, has_more = await call.read(read)
    reply: Reply = {"GlobalTables": listed}
    if has_more:
        reply["LastEvaluatedGlobalTableName"] = listed[-1]["GlobalTableName"]
    return reply
