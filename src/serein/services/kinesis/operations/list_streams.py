"""ListStreams: an account's streams in a region, by name."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis.descriptions import stream_summary
from serein.services.kinesis.pages import next_token, require_page
from serein.services.kinesis.store import streams

_DEFAULT_LIMIT = 100
_PAGE = "ListStreams"


@operation("ListStreams")
async def list_streams(call: Call, request: Request) -> Reply:
    scope = call.scope
    limit = request.get("Limit") or _DEFAULT_LIMIT
    after: Any = request.get("ExclusiveStartStreamName") or ""
    if request.get("NextToken"):
        after = require_page(_PAGE, request["NextToken"], call.now)
    found = await call.read(lambda tx: streams.list_streams(tx, scope, str(after), limit + 1))
    page = found[:limit]
    reply: dict[str, Any] = {
        "StreamNames": [stream.name for stream in page],
        "StreamSummaries": [stream_summary(stream) for stream in page],
        "HasMoreStreams": len(found) > limit,
    }
    return reply | {"NextToken": next_token(_PAGE, page[-1].name, call.now)} if len(found) > limit else reply
