"""DescribeStream: a stream, and its shards in the order in which they were opened."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodbstreams.limits import limit_of
from serein.services.dynamodbstreams.shards import children_in, described, page_of
from serein.services.dynamodbstreams.streamarns import require_stream_arn

_MOST_SHARDS = 100


@operation("DescribeStream")
async def describe_stream(call: Call, request: Request) -> Reply:
    arn, limit = require_stream_arn(request["StreamArn"], call.scope), limit_of(request, _MOST_SHARDS)
    stream = await call.to("dynamodb", "DescribeTableStream", {"StreamArn": arn})
    shards = stream["Shards"]
    if "ShardFilter" in request:
        shards = children_in(shards, request["ShardFilter"])
    page = page_of(shards, request.get("ExclusiveStartShardId", ""), limit)
    description = {
        "StreamArn": arn,
        "StreamLabel": stream["Label"],
        "StreamStatus": stream["Status"],
        "StreamViewType": stream["ViewType"],
        "CreationRequestDateTime": stream["CreatedAt"],
        "TableName": stream["TableName"],
        "KeySchema": stream["KeySchema"],
        "Shards": [described(shard) for shard in page],
    }
    if page and page[-1] is not shards[-1]:
        description["LastEvaluatedShardId"] = page[-1]["ShardId"]
    return {"StreamDescription": description}
