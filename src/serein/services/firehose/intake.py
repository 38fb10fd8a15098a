"""Records on their way in, from requests and from data streams."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.services.firehose import buffers, store
from serein.services.firehose.errors import InvalidArgumentException, stream_not_found
from serein.services.firehose.metrics import count_arrival
from serein.services.firehose.records import Record, size_of
from serein.services.firehose.streams import DIRECT, Stream

MOST_REQUEST_BYTES = 4 * 1024 * 1024


async def put(call: Call, name: str, all_data: list[bytes]) -> Stream:
    """Take records of a request, durably. Raises ResourceNotFoundException and InvalidArgumentException."""
    stream = await call.read(lambda tx: require_direct(tx, call, name))
    arrived_ms = int(call.now * 1000)
    batches = buffers.arriving(stream, [Record(data, arrived_ms) for data in all_data], call.now)
    await call.write(lambda tx: append(tx, stream, batches))
    count_arrival(call.platform, stream, call.operation, len(all_data), sum(map(len, all_data)))
    return stream


async def take(call: Call, stream: Stream, records: list[Record]) -> None:
    """Take records of a data stream, durably."""
    batches = buffers.arriving(stream, records, call.now)
    await call.write(lambda tx: append(tx, stream, batches))
    count_arrival(call.platform, stream, "", len(records), size_of(records))


def require_direct(tx: Transaction, call: Call, name: str) -> Stream:
    stream = store.require_stream(tx, call.scope, name)
    if stream.status(tx.now) != "ACTIVE":
        raise stream_not_found(name, call.scope)
    if stream.definition.type != DIRECT:
        raise InvalidArgumentException(
            f"This operation is not permitted on {stream.definition.type} delivery stream type."
        )
    return stream


def append(tx: Transaction, stream: Stream, batches: list[buffers.Batch]) -> None:
    """Raises ResourceNotFoundException when the stream went away meanwhile."""
    known = store.find_stream(tx, stream.scope, stream.name)
    if known is None or known.id != stream.id:
        raise stream_not_found(stream.name, stream.scope)
    buffers.append(tx, stream, batches)
