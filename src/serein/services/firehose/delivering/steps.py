"""What all deliveries share: the records of a buffer in pages, its end, and when to try again."""

from collections.abc import AsyncIterator

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import Reschedule
from serein.kernel.operation import Request
from serein.services.firehose import store
from serein.services.firehose.records import Record, unpack
from serein.services.firehose.store import Buffer

_PAGE = 16
_REMOVED_AT_ONCE = 500


async def records_of(call: Call, buffer: Buffer) -> AsyncIterator[list[Record]]:
    """The records of a buffer, a pack at a time."""
    for start in range(0, buffer.packs, _PAGE):
        after = start
        for _, _, packed in await call.read(lambda tx: store.packs_after(tx, buffer.id, after, _PAGE)):  # noqa: B023
            yield unpack(packed)


async def discard(call: Call, buffer: Buffer) -> None:
    """Remove a buffer with its records, in bits: one with many small records has as many rows."""
    if buffer.packs > _REMOVED_AT_ONCE:
        # Why first: what is left after a crash must not be delivered as if it were all.
        await call.write(lambda tx: store.mark_buffer(tx, buffer.id, store.DELIVERED))
    for start in range(_REMOVED_AT_ONCE, buffer.packs, _REMOVED_AT_ONCE):
        up_to = start
        await call.write(lambda tx: store.delete_packs(tx, buffer.id, up_to))  # noqa: B023

    def finish(tx: Transaction) -> None:
        store.delete_packs(tx, buffer.id, buffer.packs)
        store.delete_buffer(tx, buffer.id)

    await call.write(finish)


def again(request: Request, after_seconds: float, now: float) -> Reschedule:
    """Another attempt; the request keeps how many there were, and since when."""
    attempts, since = request.get("Attempts", 0) + 1, request.get("Since", now)
    return Reschedule(after_seconds, {**request, "Attempts": attempts, "Since": since})
