"""ListStreams: the streams of an account, or of one table, in the order of their ARNs."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodbstreams.limits import limit_of

_MOST_STREAMS = 100


@operation("ListStreams")
async def list_streams(call: Call, request: Request) -> Reply:
    limit = limit_of(request, _MOST_STREAMS)
    wanted = {
        "TableName": request.get("TableName", ""),
        "After": request.get("ExclusiveStartStreamArn", ""),
        "Limit": limit + 1,
    }
    found = (await call.to("dynamodb", "ListTableStreams", wanted))["Streams"]
    reply: Reply = {"Streams": found[:limit]}
    if len(found) > limit:
        reply["LastEvaluatedStreamArn"] = found[limit - 1]["StreamArn"]
    return reply
