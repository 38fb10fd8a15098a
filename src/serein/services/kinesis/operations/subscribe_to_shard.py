"""SubscribeToShard: a shard's records, sent to a consumer as they come."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis import reading, subscriptions
from serein.services.kinesis.consumers import consumer_not_found
from serein.services.kinesis.errors import DryRunOperationException, InvalidArgumentException
from serein.services.kinesis.reading import Position
from serein.services.kinesis.store import consumers, streams
from serein.services.kinesis.subscriptions import Subscription


@operation("SubscribeToShard")
async def subscribe_to_shard(call: Call, request: Request) -> Reply:
    account, arn, start = call.scope.account, request["ConsumerARN"], request["StartingPosition"]
    position = Position(start["Type"], start.get("SequenceNumber"), start.get("Timestamp"), "SubscribeToShard")
    token, stream_id = new_uuid(), request.get("StreamId")

    def write(tx: Transaction) -> Subscription:
        consumer = consumers.require_consumer(tx, arn, account)
        stream = streams.find_stream_by_row(tx, consumer.stream_id)
        if stream is None:
            raise consumer_not_found(arn, account)
        if consumer.status != "ACTIVE":
            raise consumer.not_active(stream)
        if stream_id is not None and stream_id != stream.definition.stream_id:
            raise InvalidArgumentException(f"StreamId {stream_id} is not the id of stream {stream.name}")
        shard = reading.require_live_shard(tx, stream, request["ShardId"])
        reading.require_position(position, tx.now)
        after = reading.index_after(tx, stream, shard, position)
        holder = consumers.find_subscription(tx, arn, shard)
        if holder is not None and tx.now < holder[1] + subscriptions.EXCLUSIVE_SECONDS:
            raise subscriptions.taken(stream, shard, arn)
        if request.get("DryRun"):
            raise DryRunOperationException
        consumers.put_subscription(tx, arn, shard, token)
        tx.wake(stream.topic)
        until = tx.now + subscriptions.LIFE_SECONDS
        return Subscription(arn, stream.id, shard.number, token, after, until, stream.topic)

    begun = await call.write(write)
    return {"EventStream": subscriptions.events(call.platform, begun)}
