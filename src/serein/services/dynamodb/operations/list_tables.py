"""ListTables: the names of the account's tables in the region, in order."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.tables import table_names

_PAGE = 100


@operation("ListTables")
async def list_tables(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    after, limit = request.get("ExclusiveStartTableName", ""), request.get("Limit", _PAGE)
    names = await call.read(lambda tx: table_names(tx, call.scope, after, limit + 1))
    reply: Reply = {"TableNames": names[:limit]}
    if len(names) > limit:
        reply["LastEvaluatedTableName"] = names[limit - 1]
    return reply
