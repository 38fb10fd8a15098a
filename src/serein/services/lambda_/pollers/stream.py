"""The poller of a mapping for a DynamoDB stream: a reader for each shard, parents before their children.

A shard is read once its parent has been read to the end, so each item's changes arrive in order; shards that don't
follow one another are read at the same time.
"""

from typing import Any

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.services.lambda_.pollers.shard import ShardReader
from serein.services.lambda_.store import mappings as store
from serein.services.lambda_.store.mappings import Mapping

_RETRY_SECONDS = 60.0
_LISTING_SECONDS = 3600.0
_FIRST_SHARD = ""
"""The name that positions have which are from before streams had several shards."""
Shard = dict[str, Any]


class StreamPoller:
    """Moves records from a stream to a function."""

    def __init__(self, platform: Platform, mapping: Mapping, name: str) -> None:
        self.name = name
        self.last_result = "No records processed"
        self._platform = platform
        self._mapping = mapping
        self._freed = f"lambda:mapping:{mapping.id}"
        self.topics: tuple[str, ...] = (f"dynamodb:stream:{mapping.source_arn}", self._freed)
        self._cursors: dict[str, str] | None = None
        self._readers: dict[str, ShardReader] = {}
        self._oldest = ""
        """The start of the oldest shard that has something left to read."""
        self._listed_at: float | None = None

    async def step(self) -> float | None:
        try:
            return await self._poll()
        except AwsError:
            # Why: a stream that was disabled may be gone for good; its records end after a day.
            return self._platform.clock.now() + _RETRY_SECONDS

    async def _poll(self) -> float | None:
        if self._cursors is None:
            self._cursors = await self._platform.database.read(lambda tx: store.cursors_of(tx, self._mapping.id))
        shards = await self._list(self._cursors)
        unread: set[str] = set()
        due = []
        for shard in shards:  # parents come before their children
            if shard["Parent"] not in unread and not self._is_read(self._cursors, shard):
                due.append(await self._reader_of(self._cursors, shard).step(shard["Last"]))
            if not self._is_read(self._cursors, shard):
                if not unread:
                    self._oldest = shard["Start"]
                unread.add(shard["ShardId"])
        return min((moment for moment in due if moment is not None), default=None)

    async def _list(self, cursors: dict[str, str]) -> list[Shard]:
        """The shards from the oldest unread one on; now and then all, to drop what is known of those that are gone."""
        now, request = self._platform.clock.now(), {"StreamArn": self._mapping.source_arn}
        is_whole = self._listed_at is None or now >= self._listed_at + _LISTING_SECONDS
        if not is_whole:
            request["From"] = self._oldest
        stream = await self._platform.call("dynamodb", "DescribeTableStream", request, scope=self._mapping.scope)
        shards: list[Shard] = stream["Shards"]
        if is_whole:
            self._listed_at = now
            await self._forget(cursors, {shard["ShardId"] for shard in shards})
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
                store.remove_cursor(tx, self._mapping.id, shard)

        await self._platform.database.write(remove)
        for shard in gone:
            cursors.pop(shard, None)
            self._readers.pop(shard, None)

    def _is_read(self, cursors: dict[str, str], shard: Shard) -> bool:
        """Whether nothing of a shard is left to read, nor will be."""
        reader = self._readers.get(shard["ShardId"])
        if reader is not None and reader.is_busy:
            return False
        is_read: bool = shard["IsClosed"] and self._position_in(cursors, shard) >= shard["Last"]
        return is_read

    def _reader_of(self, cursors: dict[str, str], shard: Shard) -> ShardReader:
        name = shard["ShardId"]
        reader = self._readers.get(name)
        if reader is None:
            position = self._position_in(cursors, shard)
            reader = ShardReader(self._platform, self._mapping, name, position, self._freed, self._report)
            self._readers[name] = reader
        return reader

    def _position_in(self, cursors: dict[str, str], shard: Shard) -> str:
        reader = self._readers.get(shard["ShardId"])
        if reader is not None:
            return reader.position
        known = cursors.get(shard["ShardId"]) or ("" if shard["Parent"] else cursors.get(_FIRST_SHARD, ""))
        return known or shard["Start"]

    def _report(self, result: str) -> None:
        self.last_result = result
