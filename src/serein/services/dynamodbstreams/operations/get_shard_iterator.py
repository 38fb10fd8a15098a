"""GetShardIterator: a place in a shard to read records from."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodbstreams.errors import ValidationException
from serein.services.dynamodbstreams.iterators import Position, iterator_at
from serein.services.dynamodbstreams.shards import Shard, number_after, number_before, require_shard
from serein.services.dynamodbstreams.streamarns import require_stream_arn


@operation("GetShardIterator")
async def get_shard_iterator(call: Call, request: Request) -> Reply:
    arn, kind = require_stream_arn(request["StreamArn"], call.scope), request["ShardIteratorType"]
    _require_place(request)
    stream = await call.to("dynamodb", "DescribeTableStream", {"StreamArn": arn})
    shard = require_shard(stream["Shards"], arn, request["ShardId"])
    if kind == "TRIM_HORIZON":
        position = Position(arn, shard["Start"], False)
    elif kind == "LATEST":
        # Why the number: records that come after this, and before the iterator is first used, are to be read.
        position = Position(arn, shard["Last"], True)
    elif kind == "AT_TIMESTAMP":
        wanted = {"StreamArn": arn, "Shard": shard["Start"], "Timestamp": request["Timestamp"]}
        position = Position(arn, (await call.to("dynamodb", "FindStreamPosition", wanted))["After"], False)
    else:
        position = Position(arn, await _after(call, arn, shard, kind, request["SequenceNumber"]), True)
    return {"ShardIterator": iterator_at(position, call.now)}


def _require_place(request: Request) -> None:
    """Check that the place is said in the way that the type wants. Raises ValidationException."""
    kind = request["ShardIteratorType"]
    number = request.get("SequenceNumber")
    if kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
        if number is None:
            raise ValidationException(f"Must specify a SequenceNumber for ShardIteratorType {kind}")
        if not (number.isdecimal() and number.isascii()):
            raise ValidationException(f"Invalid SequenceNumber: {number}")
    if kind == "AT_TIMESTAMP" and "Timestamp" not in request:
        raise ValidationException(f"Must specify a Timestamp for ShardIteratorType {kind}")


async def _after(call: Call, arn: str, shard: Shard, kind: str, number: str) -> str:
    """The sequence number to read on from. Raises ValidationException and TrimmedDataAccessException."""
    first, is_at = number_after(shard["Start"]), kind == "AT_SEQUENCE_NUMBER"
    last = max(first, shard["Last"]) if shard["IsClosed"] else number_after(shard["Last"])
    if len(number) != len(first) or not first <= number <= last:
        raise ValidationException(
            f"Invalid SequenceNumber: {number} is not in the range of shard {shard['ShardId']} of stream {arn}"
        )
    await call.to("dynamodb", "FindStreamPosition", {"StreamArn": arn, "SequenceNumber": number})
    return number_before(number) if is_at else number
