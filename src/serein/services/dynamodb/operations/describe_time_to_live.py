"""DescribeTimeToLive: whether and by which attribute a table's items expire."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.requests import require_constraints, require_table_name
from serein.services.dynamodb.store.tables import require_described_table


@operation("DescribeTimeToLive")
async def describe_time_to_live(call: Call, request: Request) -> Reply:
    name = require_table_name(request.get("TableName"))
    require_constraints(call, request)
    table = await call.read(lambda tx: require_described_table(tx, call.scope, name))
    if not table.ttl_attribute:
        return {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
    return {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED", "AttributeName": table.ttl_attribute}}
