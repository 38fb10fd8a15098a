"""DescribeTableStream: what DynamoDB Streams has to know of a stream.

Request: `StreamArn`. Reply: `TableName`, `Label`, `ViewType`, `KeySchema`, `CreatedAt`, `First` and `Last` (sequence
numbers of its oldest and its newest record, the next one's where there is none) and `IsEnded`.
"""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.changes import RETENTION_SECONDS, sequence_number
from serein.services.dynamodb.store.streams import records_after
from serein.services.dynamodb.streamstate import require_stream


@operation("DescribeTableStream", internal=True)
async def describe_table_stream(call: Call, request: Request) -> Reply:
    def describe(tx: Transaction) -> Reply:
        stream = require_stream(tx, request["StreamArn"])
        oldest = records_after(tx, stream.id, 0, tx.now - RETENTION_SECONDS, 1)
        return {
            "TableName": stream.table_name,
            "Label": stream.definition["label"],
            "ViewType": stream.definition["view_type"],
            "KeySchema": stream.definition["key_schema"],
            "CreatedAt": stream.definition["created_at"],
            "First": sequence_number(oldest[0][0] if oldest else stream.last_sequence + 1),
            "Last": sequence_number(stream.last_sequence),
            "IsEnded": stream.ended_at is not None,
        }

    return await call.read(describe)
