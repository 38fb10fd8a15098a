"""DescribeTimeToLive: whether and by which attribute a table's items expire."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.expiry import status_of
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.tables import require_described_table
from serein.services.dynamodb.tables import require_table_name


@operation("DescribeTimeToLive")
async def describe_time_to_live(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    name = require_table_name(request["TableName"])
    table = await call.read(lambda tx: require_described_table(tx, call.scope, name))
    definition = table.definition
    status = status_of(definition, call.now, is_gradual=call.platform.realism.is_gradual)
    if status == "DISABLED":
        return {"TimeToLiveDescription": {"TimeToLiveStatus": status}}
    return {"TimeToLiveDescription": {"TimeToLiveStatus": status, "AttributeName": definition.ttl_attribute}}
