"""The poller of a mapping for a stream: a reader for each shard, parents before their children.

A shard is read once its parents have been read to the end, so each key's records arrive in order; shards that don't
follow one another are read at the same time.
"""

from typing import Any

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.services.lambda_.event_filters import filter_of
from serein.services.lambda_.event_sources import MAPPINGS_TOPIC, TABLE_STREAM
from serein.services.lambda_.pollers.data_stream import DataStream
from serein.services.lambda_.pollers.shard import Reading, ShardReader
from serein.services.lambda_.pollers.stream_batches import Cutter
from serein.services.lambda_.pollers.stream_sources import Shard, StreamSource
from serein.services.lambda_.pollers.table_stream import TableStream
from serein.services.lambda_.store import mappings, shard_cursors
from serein.services.lambda_.store.mappings import Mapping

_RETRY_SECONDS = 60.0
_LISTING_SECONDS = 3600.0
_FIRST_SHARD = ""
"""The name that positions have which are from before streams had several shards."""


class StreamPoller:
    """Moves records from a stream to a function. `owner` is of the lease, where there are leases."""

    def __init__(self, platform: Platform, mapping: Mapping, name: str, owner: str) -> None:
        self.name = name
        self._platform = platform
        self._mapping = mapping
        freed = f"lambda:mapping:{mapping.id}"
        is_table = mapping.source == TABLE_STREAM
        source: StreamSource = TableStream(platform, mapping) if is_table else DataStream(platform, mapping)
        self._source = source
        settings = mapping.settings
        cutter = Cutter(
            source, settings["ParallelizationFactor"], settings["BatchSize"], settings["TumblingWindowInSeconds"]
        )
        selects = filter_of(settings, mapping.source)
        self._reading = Reading(platform, mapping, source, cutter, selects, owner, freed, self._report)
        self.topics: tuple[str, ...] = (source.topic, freed)
        self._last_result = mapping.last_result
        self._cursors: dict[str, str] | None = None
        self._progress: dict[str, dict[str, Any]] = {}
        self._readers: dict[str, ShardReader] = {}
        self._oldest = ""
        """The start of the oldest shard that has something left to read."""
        self._listed_at: float | None = None
        self._is_stepping = False

    def stop(self) -> None:
        """Send no more batches; what is left of those in hand is kept."""
        self._reading.is_stopping = True
        self._platform.bus.wake(self._reading.wakes)

    @property
    def is_stopping(self) -> bool:
        return self._reading.is_stopping

    @property
    def is_settled(self) -> bool:
        """Whether nothing is under way once it was told to stop."""
        is_running = any(reader.is_running for reader in self._readers.values())
        return self._reading.is_stopping and not self._is_stepping and not is_running

    async def step(self) -> float | None:
        self._is_stepping = True
        try:
            return None if self._reading.is_stopping else await self._poll()
        except AwsError as error:
            # Why: a stream that was disabled may be gone for good; its records end after a day.
            return self._wait_for(error)
        finally:
            self._is_stepping = False
            if self._reading.is_stopping:
                self._platform.bus.wake(MAPPINGS_TOPIC)

    async def _poll(self) -> float | None:
        if self._cursors is None:
            self._cursors = await self._platform.database.read(self._known)
        shards = await self._list(self._cursors)
        known, unread = {shard.id for shard in shards}, set[str]()
        due = []
        for shard in shards:  # parents come before their children
            is_held_back = any(parent in unread and parent in known for parent in shard.parents)
            if not is_held_back and not self._is_read(self._cursors, shard):
                due.append(await self._step(self._cursors, shard))
            if not self._is_read(self._cursors, shard):
                if not unread:
                    self._oldest = shard.start
                unread.add(shard.id)
        return min((moment for moment in due if moment is not None), default=None)

    def _known(self, tx: Transaction) -> dict[str, str]:
        self._progress = shard_cursors.progress_of(tx, self._mapping.id)
        return shard_cursors.cursors_of(tx, self._mapping.id)

    async def _step(self, cursors: dict[str, str], shard: Shard) -> float | None:
        """Go on with one shard. One that can't be read holds up no other."""
        reader = self._reader_of(cursors, shard)
        try:
            due = await reader.step(shard)
        except AwsError as error:
            return self._wait_for(error)
        # Why at once: others may follow a shard that has been read to its end.
        return self._platform.clock.now() if reader.is_ended and not reader.is_busy else due

    async def _list(self, cursors: dict[str, str]) -> list[Shard]:
        """The shards from the oldest unread one on; now and then all, to drop what is known of those that are gone."""
        now = self._platform.clock.now()
        is_whole = self._listed_at is None or now >= self._listed_at + _LISTING_SECONDS
        shards = await self._source.list_shards(self._oldest, is_whole=is_whole)
        if is_whole:
            self._listed_at = now
            await self._forget(cursors, {shard.id for shard in shards})
        return shards

    async def _forget(self, cursors: dict[str, str], shards: set[str]) -> None:
        """Drop what is known of shards that are gone."""
        idle = {shard for shard, reader in self._readers.items() if not reader.is_busy}
        known = {shard for shard in cursors if shard != _FIRST_SHARD and shard not in self._readers}
        gone = (known | idle) - shards
        if not gone:
            return

        def remove(tx: Transaction) -> None:
            for shard in gone:
                shard_cursors.remove_shard(tx, self._mapping.id, shard)

        await self._platform.database.write(remove)
        for shard in gone:
            cursors.pop(shard, None)
            self._readers.pop(shard, None)

    def _is_read(self, cursors: dict[str, str], shard: Shard) -> bool:
        """Whether nothing of a shard is left to read, nor will be."""
        reader = self._readers.get(shard.id)
        if reader is not None and (reader.is_busy or reader.is_ended):
            return not reader.is_busy
        if not shard.is_closed or not shard.last or shard.id in self._progress:
            return False
        return self._position_in(cursors, shard) >= shard.last

    def _reader_of(self, cursors: dict[str, str], shard: Shard) -> ShardReader:
        reader = self._readers.get(shard.id)
        if reader is None:
            position, progress = self._position_in(cursors, shard), self._progress.pop(shard.id, {})
            reader = self._readers[shard.id] = ShardReader(self._reading, shard.id, position, progress)
        return reader

    def _position_in(self, cursors: dict[str, str], shard: Shard) -> str:
        reader = self._readers.get(shard.id)
        if reader is not None:
            return reader.position
        known = cursors.get(shard.id) or ("" if shard.parents else cursors.get(_FIRST_SHARD, ""))
        return known or shard.start

    def _wait_for(self, error: AwsError) -> float:
        self._listed_at = None
        self._report(
            f"PROBLEM: Cannot access stream {self._mapping.source_arn}. Please ensure the role can perform the "
            "GetRecords, GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM."
            if error.is_sender_fault
            else "PROBLEM: internal Lambda error. Please contact Lambda customer support."
        )
        return self._platform.clock.now() + _RETRY_SECONDS

    def _report(self, result: str) -> None:
        """Keep what the latest batch came to, when that is something else than before."""
        if result == self._last_result:
            return
        self._last_result = result
        mapping_id = self._mapping.id

        async def keep() -> None:
            await self._platform.database.write(lambda tx: mappings.update_result(tx, mapping_id, result))

        self._platform.workers.activities.start(f"the result of {self.name}", keep())
