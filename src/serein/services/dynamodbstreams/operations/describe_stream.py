"""DescribeStream: a stream, and its shard."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodbstreams.shards import shard_of


@operation("DescribeStream")
async def describe_stream(call: Call, request: Request) -> Reply:
    arn = request["StreamArn"]
    stream = await call.to("dynamodb", "DescribeTableStream", {"StreamArn": arn})
    shard_id = shard_of(arn, stream["CreatedAt"])
    numbers: dict[str, Any] = {"StartingSequenceNumber": stream["First"]}
    if stream["IsEnded"]:
        numbers["EndingSequenceNumber"] = max(stream["First"], stream["Last"])
    shards = [{"ShardId": shard_id, "SequenceNumberRange": numbers}]
    # Why: a stream has one shard, so whoever starts after it, or asks for its children, gets none.
    if request.get("ExclusiveStartShardId") == shard_id or "ShardFilter" in request:
        shards = []
    return {
        "StreamDescription": {
            "StreamArn": arn,
            "StreamLabel": stream["Label"],
            "StreamStatus": "DISABLED" if stream["IsEnded"] else "ENABLED",
            "StreamViewType": stream["ViewType"],
            "CreationRequestDateTime": stream["CreatedAt"],
            "TableName": stream["TableName"],
            "KeySchema": stream["KeySchema"],
            "Shards": shards,
        }
    }
