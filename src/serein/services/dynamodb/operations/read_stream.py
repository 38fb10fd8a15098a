"""ReadStream: the records that follow a sequence number in its shard, for those who follow a stream.

Request: `StreamArn`; `After`, a sequence number (`DescribeTableStream` says where shards start); `Limit` and
`MostBytes`, which the first record alone may exceed; `AsText` when the records are to be passed on unread; `IsStrict`
when records that are gone already are not to be passed over.
Reply: `Records` in DynamoDB Streams' wire form, `Last` to continue from, and `IsEnded` once the shard has no more.
"""

from typing import Any, NamedTuple

import msgspec

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Encoded, Reply, Request, operation
from serein.services.dynamodb.changes import RETENTION_SECONDS, sequence_number
from serein.services.dynamodb.errors import TrimmedDataAccessException
from serein.services.dynamodb.store.streams import Record, find_first_since, records_after
from serein.services.dynamodb.streamstate import Reach, require_reach

_decode_records = msgspec.json.Decoder(list[dict[str, Any]]).decode
_MOST_RECORDS = 1000
_MOST_BYTES = 1 << 20
_FIRST_ROWS = 16


class _Wanted(NamedTuple):
    """How much to read at most, and whether nothing may be missing."""

    records: int
    bytes: int
    is_strict: bool


@operation("ReadStream", internal=True)
async def read_stream(call: Call, request: Request) -> Reply:
    wanted = _Wanted(
        request.get("Limit", _MOST_RECORDS), request.get("MostBytes", _MOST_BYTES), request.get("IsStrict", False)
    )

    def read(tx: Transaction) -> tuple[list[bytes], int, bool]:
        reach = require_reach(tx, request["StreamArn"], request["After"])
        if reach.after >= reach.last:
            return [], reach.after, reach.is_closed
        bodies, last = _read(tx, reach, wanted)
        return bodies, last, reach.is_closed and last >= reach.last

    bodies, last, is_ended = await call.read(read)
    text = b"[" + b",".join(bodies) + b"]"
    records = Encoded(text) if request.get("AsText") else _decode_records(text)
    return {"Records": records, "Last": sequence_number(last), "IsEnded": is_ended}


def _read(tx: Transaction, reach: Reach, wanted: _Wanted) -> tuple[list[bytes], int]:
    """Records, no more bytes than wanted unless the first alone has more, and the number to continue from.

    Records that are too old are passed over, or refused.
    """
    bodies: list[bytes] = []
    size, last, rows_wanted = 0, reach.after, _FIRST_ROWS
    while len(bodies) < wanted.records and last < reach.last:
        rows = records_after(tx, reach.stream_id, last, reach.last, min(rows_wanted, wanted.records - len(bodies)))
        kept = _kept(rows, last, tx.now - RETENTION_SECONDS, wanted)
        for sequence, _, body in kept:
            size += len(body)
            if bodies and size > wanted.bytes:
                return bodies, last
            bodies.append(body)
            last = sequence
        if not kept:
            first = find_first_since(tx, reach.stream_id, last, reach.last, tx.now - RETENTION_SECONDS)
            last = reach.last if first is None else first - 1
        # Why not all at once: records can be of 800 KB each.
        rows_wanted = 1 + max(0, wanted.bytes - size) * len(bodies) // size if size else _FIRST_ROWS
    return bodies, last


def _kept(rows: list[Record], after: int, since: float, wanted: _Wanted) -> list[Record]:
    """Those of the next rows that readers are shown. Raises TrimmedDataAccessException when some are gone already."""
    kept = [row for row in rows if row[1] > since]
    if wanted.is_strict and (not kept or kept[0][0] != after + 1):
        raise TrimmedDataAccessException()
    return kept
