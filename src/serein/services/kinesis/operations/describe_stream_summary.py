"""DescribeStreamSummary: a stream without its shards."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis.descriptions import open_shard_count, stream_head, warm_throughput
from serein.services.kinesis.store import consumers, streams
from serein.services.kinesis.streams import Stream


@operation("DescribeStreamSummary")
async def describe_stream_summary(call: Call, request: Request) -> Reply:
    scope = call.scope

    def read(tx: Transaction) -> tuple[Stream, int]:
        stream = streams.require_named_stream(tx, scope, request)
        return stream, consumers.consumer_count(tx, stream)

    stream, consumer_count = await call.read(read)
    definition = stream.definition
    summary = stream_head(stream) | {
        "StreamId": definition.stream_id,
        "OpenShardCount": open_shard_count(stream),
        "ConsumerCount": consumer_count,
        "MaxRecordSizeInKiB": definition.record_kib,
        "RecordDistributionStrategy": definition.distribution,
    }
    warm = warm_throughput(stream)
    return {"StreamDescriptionSummary": summary if warm is None else summary | {"WarmThroughput": warm}}
