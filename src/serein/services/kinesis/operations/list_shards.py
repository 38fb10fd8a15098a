"""ListShards: a stream's shards, all or those that a filter wants, in pages."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis.descriptions import shard_description, shown_shards
from serein.services.kinesis.errors import InvalidArgumentException
from serein.services.kinesis.pages import next_token, require_page
from serein.services.kinesis.shardfilters import parse_filter
from serein.services.kinesis.store import streams
from serein.services.kinesis.streams import Stream

_DEFAULT_LIMIT = 1000
_PAGE = "ListShards"
_NAMING = ("StreamName", "StreamARN", "StreamId")


@operation("ListShards")
async def list_shards(call: Call, request: Request) -> Reply:
    scope, token = call.scope, request.get("NextToken")
    after, created_at, wanted = request.get("ExclusiveStartShardId"), request.get("StreamCreationTimestamp"), None
    if token:
        _require_alone(request)
        position = require_page(_PAGE, token, call.now)
        if not isinstance(position, list) or len(position) != 3:
            raise InvalidArgumentException("NextToken is invalid.")
        arn, after, wanted = position
        named = {"StreamARN": arn}
    else:
        if not any(request.get(name) for name in _NAMING):
            raise InvalidArgumentException("Either NextToken or StreamName should be provided.")
        named, wanted = request, request.get("ShardFilter")
    keep = parse_filter(wanted)
    stream = await call.read(lambda tx: streams.require_named_stream(tx, scope, named))
    _require_creation(stream, created_at)
    limit = request.get("MaxResults") or _DEFAULT_LIMIT
    shards = [shard for shard in shown_shards(stream, call.now, after) if keep(stream, shard, call.now)]
    page = shards[:limit]
    reply: dict[str, Any] = {"Shards": [shard_description(shard) for shard in page]}
    if len(shards) > limit:
        reply["NextToken"] = next_token(_PAGE, [stream.arn, page[-1].name, wanted], call.now)
    return reply


def _require_alone(request: Request) -> None:
    """A token says it all. Raises InvalidArgumentException."""
    for name in (*_NAMING, "StreamCreationTimestamp", "ExclusiveStartShardId", "ShardFilter"):
        if request.get(name) is not None:
            raise InvalidArgumentException(f"NextToken and {name} cannot be provided together.")


def _require_creation(stream: Stream, created_at: float | None) -> None:
    """AWS: the time tells apart streams that have had one name. Raises ResourceNotFoundException."""
    if created_at is not None and int(created_at) != int(stream.definition.created_at):
        raise stream.not_found()
