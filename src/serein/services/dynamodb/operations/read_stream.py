"""ReadStream: the records that follow a sequence number in its shard, for those who follow a stream.

Request: `StreamArn`; `After`, a sequence number (`DescribeTableStream` says where shards start); `Limit`; `AsText` when
the records are to be passed on unread; `IsStrict` when records that are gone already are not to be passed over.
Reply: `Records` in DynamoDB Streams' wire form, `Last` to continue from, and `IsEnded` once the shard has no more.
"""

from typing import Any

import msgspec

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Encoded, Reply, Request, operation
from serein.services.dynamodb.changes import RETENTION_SECONDS, sequence_number
from serein.services.dynamodb.errors import TrimmedDataAccessException
from serein.services.dynamodb.store.streams import records_after
from serein.services.dynamodb.streamstate import Reach, require_reach

_decode_records = msgspec.json.Decoder(list[dict[str, Any]]).decode
_MOST_RECORDS = 1000
_MOST_BYTES = 1 << 20
_FIRST_ROWS = 16


@operation("ReadStream", internal=True)
async def read_stream(call: Call, request: Request) -> Reply:
    limit, is_strict = request.get("Limit", _MOST_RECORDS), request.get("IsStrict", False)

    def read(tx: Transaction) -> tuple[list[bytes], int, bool]:
        reach = require_reach(tx, request["StreamArn"], request["After"])
        if reach.after >= reach.last:
            return [], reach.after, reach.is_closed
        bodies, last = _read(tx, reach, limit, is_strict=is_strict)
        return bodies, last, reach.is_closed and last >= reach.last

    bodies, last, is_ended = await call.read(read)
    text = b"[" + b",".join(bodies) + b"]"
    records = Encoded(text) if request.get("AsText") else _decode_records(text)
    return {"Records": records, "Last": sequence_number(last), "IsEnded": is_ended}


def _read(tx: Transaction, reach: Reach, limit: int, *, is_strict: bool) -> tuple[list[bytes], int]:
    """Records, at most 1 MB unless the first alone is larger, and the number to continue from."""
    since = tx.now - RETENTION_SECONDS
    bodies: list[bytes] = []
    size, last, wanted = 0, reach.after, _FIRST_ROWS
    while len(bodies) < limit:
        rows = records_after(tx, reach.stream_id, last, reach.last, min(wanted, limit - len(bodies)))
        if not rows:
            return bodies, reach.last
        for sequence, created_at, body in rows:
            if created_at > since:
                if is_strict and sequence != last + 1:
                    raise TrimmedDataAccessException()
                size += len(body)
                if bodies and size > _MOST_BYTES:
                    return bodies, last
                bodies.append(body)
                last = sequence
            elif is_strict:
                raise TrimmedDataAccessException()
            else:
                last = sequence
        # Why not all at once: records can be of 800 KB each.
        wanted = 1 + (_MOST_BYTES - size) * len(bodies) // size if size else _MOST_RECORDS
        wanted = max(1, wanted)
    return bodies, last
