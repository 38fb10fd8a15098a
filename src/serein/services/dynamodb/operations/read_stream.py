"""ReadStream: records of a stream after a sequence number, for those who follow it.

Request: `StreamArn`; `After`, a sequence number, or empty to begin at `Start` (`TRIM_HORIZON` or `LATEST`); `Limit`;
`AsText` when the records are to be passed on unread.
Reply: `Records` in DynamoDB Streams' wire form, `Last` to continue from, and `IsEnded` once there will be no more.
"""

from typing import Any

import msgspec

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Encoded, Reply, Request, operation
from serein.services.dynamodb.changes import RETENTION_SECONDS, find_sequence, sequence_number
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.store.streams import records_after
from serein.services.dynamodb.streamstate import Stream, require_stream

_decode_records = msgspec.json.Decoder(list[dict[str, Any]]).decode
_MOST_RECORDS = 1000


@operation("ReadStream", internal=True)
async def read_stream(call: Call, request: Request) -> Reply:
    limit = request.get("Limit", _MOST_RECORDS)

    def read(tx: Transaction) -> tuple[list[tuple[int, bytes]], int, bool]:
        stream = require_stream(tx, request["StreamArn"])
        after = _position(request, stream)
        rows = records_after(tx, stream.id, after, tx.now - RETENTION_SECONDS, limit)
        last = rows[-1][0] if rows else after
        return rows, last, stream.ended_at is not None and last >= stream.last_sequence

    rows, last, is_ended = await call.read(read)
    text = b"[" + b",".join([body for _, body in rows]) + b"]"
    records = Encoded(text) if request.get("AsText") else _decode_records(text)
    return {"Records": records, "Last": sequence_number(last), "IsEnded": is_ended}


def _position(request: Request, stream: Stream) -> int:
    number = request.get("After", "")
    if not number:
        return stream.last_sequence if request.get("Start") == "LATEST" else 0
    sequence = find_sequence(number)
    if sequence is None:
        raise ValidationException(f"Invalid sequence number: {number}")
    return sequence
