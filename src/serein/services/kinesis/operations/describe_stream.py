"""DescribeStream: a stream, and a page of its shards."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis.descriptions import shard_description, shown_shards, stream_head
from serein.services.kinesis.store import streams

_DEFAULT_LIMIT = 100
_MOST_SHARDS = 1000


@operation("DescribeStream")
async def describe_stream(call: Call, request: Request) -> Reply:
    scope = call.scope
    stream = await call.read(lambda tx: streams.require_named_stream(tx, scope, request))
    shards = shown_shards(stream, call.now, request.get("ExclusiveStartShardId"))
    # AWS: whatever the limit, a page has no more than a thousand shards.
    limit = min(request.get("Limit") or _DEFAULT_LIMIT, _MOST_SHARDS)
    page = {"Shards": [shard_description(shard) for shard in shards[:limit]], "HasMoreShards": len(shards) > limit}
    return {"StreamDescription": stream_head(stream) | page}
