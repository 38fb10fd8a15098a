"""ListStreamConsumers: a stream's consumers, by name."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis.consumers import Consumer
from serein.services.kinesis.errors import InvalidArgumentException
from serein.services.kinesis.pages import next_token, require_page
from serein.services.kinesis.store import consumers, streams

_DEFAULT_LIMIT = 100
_PAGE = "ListStreamConsumers"


@operation("ListStreamConsumers")
async def list_stream_consumers(call: Call, request: Request) -> Reply:
    scope, created_at = call.scope, request.get("StreamCreationTimestamp")
    limit, after = request.get("MaxResults") or _DEFAULT_LIMIT, ""
    if request.get("NextToken"):
        position = require_page(_PAGE, request["NextToken"], call.now)
        if not isinstance(position, list) or len(position) != 2 or position[0] != request["StreamARN"]:
            raise InvalidArgumentException("NextToken is invalid.")
        after = str(position[1])

    def read(tx: Transaction) -> list[Consumer]:
        stream = streams.require_named_stream(tx, scope, request)
        if created_at is not None and int(created_at) != int(stream.definition.created_at):
            raise stream.not_found()
        return consumers.consumers_of(tx, stream, after, limit + 1)

    found = await call.read(read)
    reply: dict[str, Any] = {"Consumers": [consumer.described for consumer in found[:limit]]}
    if len(found) > limit:
        reply["NextToken"] = next_token(_PAGE, [request["StreamARN"], found[limit - 1].name], call.now)
    return reply
