"""ListStreams: the streams of an account, or of one table."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation

_PAGE = 100


@operation("ListStreams")
async def list_streams(call: Call, request: Request) -> Reply:
    limit = request.get("Limit", _PAGE)
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
