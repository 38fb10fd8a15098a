"""ReadShard: the records that follow a place in a shard, for those who follow a stream.

Request: `StreamARN`; `ShardId`; `After`, a sequence number, or `Start` (TRIM_HORIZON, LATEST or AT_TIMESTAMP with
`Timestamp`) when that is empty; `Limit` and `MostBytes`, which the first record alone may exceed.
Reply: `Records` in Kinesis's wire form, `Last` to continue from, `IsEnded` once the shard has no more, with its
`ChildShards`, and `MillisBehindLatest`.
"""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis import reading
from serein.services.kinesis.reading import Position
from serein.services.kinesis.store import streams


@operation("ReadShard", internal=True)
async def read_shard(call: Call, request: Request) -> Reply:
    scope, after = call.scope, request.get("After") or None
    kind = "AFTER_SEQUENCE_NUMBER" if after else request.get("Start", "TRIM_HORIZON")
    timestamp = request.get("Timestamp") if kind == "AT_TIMESTAMP" else None
    position = Position(kind, after, timestamp, "ReadShard")
    limit, most_bytes = request.get("Limit", reading.MOST_RECORDS), request.get("MostBytes", reading.MOST_BYTES)

    def read(tx: Transaction) -> Reply:
        stream = streams.require_named_stream(tx, scope, {"StreamARN": request["StreamARN"]})
        shard = reading.require_live_shard(tx, stream, request["ShardId"])
        reading.require_position(position, tx.now)
        start = reading.index_after(tx, stream, shard, position)
        page = reading.read_page(tx, stream, shard, start, limit, most_bytes)
        return {
            "Records": [reading.record_reply(shard, record) for record in page.records],
            "Last": reading.last_sequence(shard, page, tx.now),
            "IsEnded": page.is_ended,
            "ChildShards": reading.child_shards(stream, shard) if page.is_ended else [],
            "MillisBehindLatest": page.milliseconds_behind,
        }

    return await call.read(read)
