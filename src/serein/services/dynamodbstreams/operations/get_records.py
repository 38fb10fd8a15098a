"""GetRecords: the next records of a shard."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodbstreams.iterators import Position, iterator_at, require_position
from serein.services.dynamodbstreams.limits import limit_of
from serein.services.dynamodbstreams.streamarns import require_stream_arn

_MOST_RECORDS = 1000


@operation("GetRecords")
async def get_records(call: Call, request: Request) -> Reply:
    limit = limit_of(request, _MOST_RECORDS)
    position = require_position(request["ShardIterator"], call.now)
    require_stream_arn(position.stream_arn, call.scope)
    wanted = {
        "StreamArn": position.stream_arn,
        "After": position.after,
        "IsStrict": position.is_strict,
        "Limit": limit,
        "AsText": True,
    }
    found = await call.to("dynamodb", "ReadStream", wanted)
    reply: Reply = {"Records": found["Records"]}
    if not found["IsEnded"]:
        reply["NextShardIterator"] = iterator_at(Position(position.stream_arn, found["Last"], True), call.now)
    return reply
