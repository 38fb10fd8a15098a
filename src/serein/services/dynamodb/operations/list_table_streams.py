"""ListTableStreams: the account's streams in the region, in order of their ARNs.

Request: `TableName` (optional), `After` (an ARN or empty), `Limit`. Reply: `Streams` of `StreamArn`, `TableName`,
`StreamLabel`.
"""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.changes import RETENTION_SECONDS
from serein.services.dynamodb.store.streams import streams_of


@operation("ListTableStreams", internal=True)
async def list_table_streams(call: Call, request: Request) -> Reply:
    table_name, after, limit = request.get("TableName", ""), request.get("After", ""), request["Limit"]
    since = call.now - RETENTION_SECONDS
    rows = await call.read(lambda tx: streams_of(tx, call.scope, table_name, after, since, limit))
    return {
        "Streams": [{"StreamArn": arn, "TableName": name, "StreamLabel": arn.rpartition("/")[2]} for arn, name in rows]
    }
