"""Splits, merges and uniform scaling of a stream's shards."""

from bisect import bisect_right
from collections.abc import Iterator

from msgspec.structs import replace

from serein.services.kinesis.shards import HASH_KEYS, Shard, boundaries


class Layout:
    """A stream's shards while they are being changed at a moment; `ids` are those of the rows of new ones."""

    def __init__(self, shards: list[Shard], next_number: int, now: float, ids: Iterator[int]) -> None:
        self.next_number = next_number
        self.opened: list[Shard] = []
        """What was opened, including what was closed again."""
        self.closed: list[Shard] = []
        self._by_number = {shard.number: shard for shard in shards}
        self._now = now
        self._ids = ids

    @property
    def shards(self) -> list[Shard]:
        """All shards in the order in which they were opened."""
        return list(self._by_number.values())

    def open_shards(self) -> list[Shard]:
        """The open shards by hash key."""
        return sorted((shard for shard in self._by_number.values() if shard.closed_at is None), key=low_of)

    def open_evenly(self, count: int) -> None:
        """Open a new stream's shards."""
        lows = boundaries(count)
        for place, low in enumerate(lows):
            high = lows[place + 1] - 1 if place + 1 < count else HASH_KEYS - 1
            self._open(low, high)

    def split(self, number: int, key: int) -> Shard:
        """Split a shard at a hash key, which becomes the lowest of the upper part; that is returned."""
        shard = self._close(number)
        self._open(int(shard.low), key - 1, shard)
        return self._open(key, int(shard.high), shard)

    def merge(self, number: int, adjacent: int) -> Shard:
        """Make one shard of two neighbours."""
        first, second = self._close(number), self._close(adjacent)
        low, high = min(int(first.low), int(second.low)), max(int(first.high), int(second.high))
        return self._open(low, high, first, second)

    def scale(self, count: int) -> None:
        """Come to `count` shards of equal width by splits and merges.

        AWS: shards that are opened on the way are closed at once and stay in the lineage.
        """
        lows = boundaries(count)
        for shard in self.open_shards():
            number = shard.number
            for low in lows[bisect_right(lows, int(shard.low)) : bisect_right(lows, int(shard.high))]:
                number = self.split(number, low).number
        wanted = frozenset(lows)
        current: Shard | None = None
        for shard in self.open_shards():
            current = shard if current is None or int(shard.low) in wanted else self.merge(current.number, shard.number)

    def _open(self, low: int, high: int, *parents: Shard) -> Shard:
        created = max([int(self._now), *(parent.created + 1 for parent in parents)])
        numbers = [parent.number for parent in parents] + [-1, -1]
        shard = Shard(
            self.next_number,
            next(self._ids),
            str(low),
            str(high),
            created,
            self._now,
            parent=numbers[0],
            adjacent=numbers[1],
        )
        self._by_number[shard.number] = shard
        self.next_number += 1
        self.opened.append(shard)
        return shard

    def _close(self, number: int) -> Shard:
        shard = self._by_number[number] = replace(self._by_number[number], closed_at=self._now)
        self.closed.append(shard)
        return shard


def low_of(shard: Shard) -> int:
    return int(shard.low)
