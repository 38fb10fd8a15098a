"""GetRecords: the records that follow an iterator, and the iterator to go on with."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis import reading, throughput
from serein.services.kinesis.errors import DryRunOperationException, InvalidArgumentException, ResourceNotFoundException
from serein.services.kinesis.iterators import ShardIterator, iterator_text, parse_iterator
from serein.services.kinesis.reading import Page
from serein.services.kinesis.shards import Shard, shard_name
from serein.services.kinesis.store import streams
from serein.services.kinesis.streams import Stream, find_address


@operation("GetRecords")
async def get_records(call: Call, request: Request) -> Reply:
    iterator = parse_iterator(request["ShardIterator"], call.now)
    limit = request.get("Limit") or reading.MOST_RECORDS

    def find(tx: Transaction) -> tuple[Stream, Shard]:
        stream = streams.find_stream_by_row(tx, iterator.stream_row)
        if stream is None:
            raise ResourceNotFoundException(
                f"Shard {shard_name(iterator.shard)} does not exist: its stream was deleted"
            )
        _require_same(request, stream)
        return stream, reading.require_live_shard(tx, stream, shard_name(iterator.shard))

    def read(tx: Transaction) -> tuple[Stream, Shard, Page]:
        stream, shard = find(tx)
        return stream, shard, reading.read_page(tx, stream, shard, iterator.after, limit, reading.MOST_BYTES)

    is_throttling = call.platform.realism.is_throttling
    if is_throttling:
        throughput.require_read(call.platform, *await call.read(find))
    stream, shard, page = await call.read(read)
    if request.get("DryRun"):
        raise DryRunOperationException
    if is_throttling:
        throughput.note_read(call.platform, shard, sum(len(record.data) for record in page.records))
    reply: dict[str, Any] = {
        "Records": [reading.record_reply(shard, record) for record in page.records],
        "MillisBehindLatest": page.milliseconds_behind,
    }
    if page.is_ended:
        return reply | {"ChildShards": reading.child_shards(stream, shard)}
    following = ShardIterator(stream.id, shard.number, page.after)
    return reply | {"NextShardIterator": iterator_text(following, call.now)}


def _require_same(request: Request, stream: Stream) -> None:
    arn, stream_id = request.get("StreamARN"), request.get("StreamId")
    if arn is not None and find_address(arn) != (stream.scope.account, stream.scope.region, stream.name):
        raise InvalidArgumentException(f"The ShardIterator is not of the stream with StreamARN {arn}.")
    if stream_id is not None and stream_id != stream.definition.stream_id:
        raise InvalidArgumentException(f"The ShardIterator is not of the stream with StreamId {stream_id}.")
