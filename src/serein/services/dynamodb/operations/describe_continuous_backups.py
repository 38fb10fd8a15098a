"""DescribeContinuousBackups: whether point-in-time recovery is switched on."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.continuousbackups import describe_backups, require_backed_up_table
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.tables import require_table_name


@operation("DescribeContinuousBackups")
async def describe_continuous_backups(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    name = require_table_name(request["TableName"])
    table = await call.read(lambda tx: require_backed_up_table(tx, call.scope, name))
    return {"ContinuousBackupsDescription": describe_backups(table.definition, call.now)}
