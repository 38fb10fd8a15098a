"""GetRecords: the next records of a shard."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodbstreams.shards import Position, iterator_at, require_position

_PAGE = 1000


@operation("GetRecords")
async def get_records(call: Call, request: Request) -> Reply:
    position = require_position(request["ShardIterator"], call.now)
    wanted = {
        "StreamArn": position.stream_arn,
        "After": position.after,
        "Start": position.start,
        "Limit": request.get("Limit", _PAGE),
        "AsText": True,
    }
    found = await call.to("dynamodb", "ReadStream", wanted)
    reply: Reply = {"Records": found["Records"]}
    if not found["IsEnded"]:
        reply["NextShardIterator"] = iterator_at(Position(position.stream_arn, found["Last"], ""), call.now)
    return reply
