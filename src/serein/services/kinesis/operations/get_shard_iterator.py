"""GetShardIterator: where to start reading a shard."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis import reading
from serein.services.kinesis.errors import DryRunOperationException
from serein.services.kinesis.iterators import ShardIterator, iterator_text
from serein.services.kinesis.reading import Position
from serein.services.kinesis.store import streams
from serein.services.kinesis.streams import address_of


@operation("GetShardIterator")
async def get_shard_iterator(call: Call, request: Request) -> Reply:
    scope = call.scope
    position = Position(request["ShardIteratorType"], request.get("StartingSequenceNumber"), request.get("Timestamp"))

    def read(tx: Transaction) -> ShardIterator:
        address = address_of(request, scope)
        if address is not None:
            reading.require_stream_to_read(tx, address, request["ShardId"])
        stream = streams.require_named_stream(tx, scope, request)
        shard = reading.require_live_shard(tx, stream, request["ShardId"])
        reading.require_position(position, tx.now)
        return ShardIterator(stream.id, shard.number, reading.index_after(tx, stream, shard, position))

    iterator = await call.read(read)
    if request.get("DryRun"):
        raise DryRunOperationException
    return {"ShardIterator": iterator_text(iterator, call.now)}
