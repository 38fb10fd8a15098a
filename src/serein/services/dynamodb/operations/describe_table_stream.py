"""DescribeTableStream: what the readers of a stream have to know of it.

Request: `StreamArn`; `From`, the `Start` of the first shard that is wanted, when not all are. Reply: `TableName`,
`Label`, `ViewType`, `KeySchema`, `CreatedAt`, `Status`, and `Shards` in the order in which they were opened: `ShardId`,
`Parent` (empty when it has none), `Start` (the sequence number to read it from its beginning after), `Last` (that of
its newest record, or `Start`) and `IsClosed`.
"""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.changes import sequence_number
from serein.services.dynamodb.lineage import Shard, shard_id, start_of
from serein.services.dynamodb.streamstate import Stream, live_shards, require_stream

_GRADUAL_SECONDS = 5.0
"""How long a stream is being enabled, or disabled, where that takes as long as on AWS."""


@operation("DescribeTableStream", internal=True)
async def describe_table_stream(call: Call, request: Request) -> Reply:
    arn = request["StreamArn"]

    def find(tx: Transaction) -> tuple[Stream, list[Shard]]:
        stream = require_stream(tx, arn)
        return stream, live_shards(tx, stream, request.get("From", ""))

    stream, shards = await call.read(find)
    created_at = stream.definition["created_at"]
    return {
        "TableName": stream.table_name,
        "Label": stream.definition["label"],
        "ViewType": stream.definition["view_type"],
        "KeySchema": stream.definition["key_schema"],
        "CreatedAt": created_at,
        "Status": _status(stream, call.now, is_gradual=call.platform.realism.is_gradual),
        "Shards": [_described(arn, created_at, shard) for shard in shards],
    }


def _described(arn: str, created_at: float, shard: Shard) -> dict[str, Any]:
    return {
        "ShardId": shard_id(arn, created_at, shard),
        "Parent": shard.parent,
        "Start": sequence_number(start_of(shard.number)),
        "Last": sequence_number(shard.last_sequence),
        "IsClosed": shard.closed_at is not None,
    }


def _status(stream: Stream, now: float, *, is_gradual: bool) -> str:
    if stream.ended_at is not None:
        return "DISABLING" if is_gradual and now < stream.ended_at + _GRADUAL_SECONDS else "DISABLED"
    created_at: float = stream.definition["created_at"]
    return "ENABLING" if is_gradual and now < created_at + _GRADUAL_SECONDS else "ENABLED"
