"""GetShardIterator: a place in a shard to read records from."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodbstreams.errors import TrimmedDataAccessException, ValidationException
from serein.services.dynamodbstreams.shards import Position, iterator_at, number_before, require_shard


@operation("GetShardIterator")
async def get_shard_iterator(call: Call, request: Request) -> Reply:
    arn, kind, number = request["StreamArn"], request["ShardIteratorType"], request.get("SequenceNumber", "")
    stream = await call.to("dynamodb", "DescribeTableStream", {"StreamArn": arn})
    require_shard(arn, stream["CreatedAt"], request["ShardId"])
    if kind == "LATEST":
        # Why: records that come after this, and before the iterator is first used, are to be read.
        return {"ShardIterator": iterator_at(Position(arn, stream["Last"], ""), call.now)}
    if kind == "TRIM_HORIZON":
        return {"ShardIterator": iterator_at(Position(arn, "", kind), call.now)}
    if not number.isdecimal():
        raise ValidationException(f"Invalid SequenceNumber: {number}")
    if int(number) < int(stream["First"]) - 1:
        raise TrimmedDataAccessException()
    after = number_before(number) if kind == "AT_SEQUENCE_NUMBER" else number
    return {"ShardIterator": iterator_at(Position(arn, after, ""), call.now)}
