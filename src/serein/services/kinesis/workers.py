"""What Kinesis does without a request: life cycles, and the removal of what is too old."""

from msgspec.structs import replace

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.worker import Worker
from serein.services.kinesis import lifecycle
from serein.services.kinesis.store import records, streams
from serein.services.kinesis.streams import Stream

_TRIM_SECONDS = 3600.0
_CHUNK = 500


def workers(platform: Platform) -> list[Worker]:
    return [LifeCycleWorker(platform), TrimWorker(platform)]


class LifeCycleWorker:
    """Lets streams and consumers come, change and go, where that takes time."""

    name = "kinesis life cycles"
    topics: tuple[str, ...] = (streams.DUE_TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def step(self) -> float | None:
        database = self._platform.database
        due = await database.read(streams.next_due)
        if due is not None and due <= self._platform.clock.now():
            await database.write(lifecycle.settle_due)
            due = await database.read(streams.next_due)
        return due


class TrimWorker:
    """Removes records past their retention, closed shards without records, and what deleted streams have left.

    Why hourly is enough: what is too old isn't shown any more; only the room it takes is at stake.
    """

    name = "kinesis retention"
    topics: tuple[str, ...] = (streams.TRIM_TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._sweep_at = 0.0

    async def step(self) -> float | None:
        database = self._platform.database
        if await database.read(lambda tx: streams.gone_shards(tx, 1)):
            while await database.write(lambda tx: forget_gone(tx, _CHUNK)):
                pass
        ids = await database.read(streams.all_stream_ids)
        if not ids:
            return None
        now = self._platform.clock.now()
        if now >= self._sweep_at:
            self._sweep_at = now + _TRIM_SECONDS
            for id in ids:
                while await self._trim(id):
                    pass
        return self._sweep_at

    async def _trim(self, id: int) -> bool:
        """Trim a stream a little; return whether there may be more to trim."""
        stream = await self._platform.database.read(lambda tx: streams.find_stream_by_row(tx, id))
        if stream is None or not stream.definition.shards:
            return False
        return await self._platform.database.write(lambda tx: trim_stream(tx, id, _CHUNK))


def forget_gone(tx: Transaction, limit: int) -> bool:
    """Remove up to `limit` records, and shards, of streams that were deleted; return whether there may be more."""
    left = limit
    for shard_id in streams.gone_shards(tx, limit):
        left -= records.delete_gone(tx, shard_id, left)
        if left <= 0:
            return True
        streams.delete_shard(tx, shard_id)
        left -= 1
        if left <= 0:
            return True
    return False


def trim_stream(tx: Transaction, id: int, limit: int) -> bool:
    """Remove up to `limit` records of a stream that are too old, and closed shards that have none left.

    Return whether there is more to remove.
    """
    stream = streams.find_stream_by_row(tx, id)
    if stream is None:
        return False
    oldest = stream.oldest(tx.now)
    emptied = set()
    for shard in stream.definition.shards:
        count, is_empty = records.delete_before(tx, shard, oldest, limit)
        if is_empty and shard.closed_at is not None and shard.closed_at < oldest:
            emptied.add(shard.number)
            streams.delete_shard(tx, shard.id)
        limit -= count
        if limit <= 0:
            break
    if emptied:
        _remove_shards(tx, stream, emptied)
    return limit <= 0


def _remove_shards(tx: Transaction, stream: Stream, numbers: set[int]) -> None:
    kept = [shard for shard in stream.definition.shards if shard.number not in numbers]
    streams.update_stream(tx, stream, replace(stream.definition, shards=kept))
