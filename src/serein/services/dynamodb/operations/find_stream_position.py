"""FindStreamPosition: where in a shard to begin.

Request: `StreamArn`, and either `SequenceNumber`, which must not be of a record that is gone already, or `Shard` (the
`Start` of one) and `Timestamp`. Reply: `After`, a sequence number to read after.
Raises TrimmedDataAccessException.
"""

from math import nextafter

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.changes import RETENTION_SECONDS, sequence_number
from serein.services.dynamodb.errors import TrimmedDataAccessException
from serein.services.dynamodb.store.streams import find_first_since
from serein.services.dynamodb.streamstate import require_reach


@operation("FindStreamPosition", internal=True)
async def find_stream_position(call: Call, request: Request) -> Reply:
    def find(tx: Transaction) -> int:
        reach = require_reach(tx, request["StreamArn"], request.get("Shard") or request["SequenceNumber"])
        after, last = reach.after, reach.last
        if "Timestamp" in request:
            first = find_first_since(tx, reach.stream_id, after, last, nextafter(request["Timestamp"], 0))
            return last if first is None else first - 1
        # Why one earlier: the record with the number itself has to be there.
        first = find_first_since(tx, reach.stream_id, after - 1, last, tx.now - RETENTION_SECONDS)
        if after <= last and first != after:
            raise TrimmedDataAccessException()
        return after

    return {"After": sequence_number(await call.read(find))}
