"""Shards: which one takes a change, when it is closed, and what follows it.

A shard owns a range of the hashes of partition keys. It is closed four hours after its first record and gets one
child with its range, as on AWS; one that has taken `SPLIT_AFTER` records is closed at once and gets two, each with half
of the range, as long as the stream has fewer than `MOST_OPEN` open shards. A shard without records stays as it is.

Records are numbered by their shard's number, then by their place in it. A child's number is higher than its parent's,
so the numbers of an item's changes only grow, those of a stream are all different, and a number tells its shard.
"""

from bisect import bisect_right
from typing import NamedTuple
from zlib import crc32

SPLIT_AFTER = 10_000
MOST_OPEN = 16
_LIFE_SECONDS = 4 * 3600
_APART_SECONDS = 0.002
_PLACE_BITS = 40
_PLACES = (1 << _PLACE_BITS) - 1
_HASHES = 1 << 32

OpenShard = tuple[int, int]
"""The lowest hash that an open shard takes, and its number."""


class Shard(NamedTuple):
    """A stretch of a stream. `last_sequence` is that of its newest record, or one before its first when it has none."""

    number: int
    parent: str
    """The name of the shard that it follows; empty for a stream's first."""
    low: int
    high: int
    opened_at: float
    first_at: float | None
    closed_at: float | None
    last_sequence: int

    @property
    def first_sequence(self) -> int:
        return start_of(self.number) + 1

    @property
    def taken(self) -> int:
        """How many records it has taken."""
        return place_of(self.last_sequence)


def start_of(number: int) -> int:
    """The sequence number before the first that a shard can give."""
    return number << _PLACE_BITS


def number_of(sequence: int) -> int:
    """The shard that a record is in."""
    return sequence >> _PLACE_BITS


def place_of(sequence: int) -> int:
    """Which record of its shard it is, from 1."""
    return sequence & _PLACES


def shard_for(pk: bytes, open_shards: list[OpenShard]) -> int:
    """The number of the open shard that takes the changes of a partition key."""
    if not open_shards:
        return 0
    return open_shards[bisect_right(open_shards, (int.from_bytes(pk[:4]), _PLACES)) - 1][1]


def first_shard(now: float) -> Shard:
    """What a stream begins with. Its definition need not name it."""
    return Shard(0, "", 0, _HASHES, now, None, None, 0)


def closes_at(shard: Shard, open_count: int) -> float | None:
    """When an open shard is to be closed (in the past when that is now), or None while it has no records."""
    if shard.first_at is None:
        return None
    return shard.first_at if _splits(shard, open_count) else shard.first_at + _LIFE_SECONDS


def children_of(shard: Shard, name: str, open_count: int, newest: Shard, now: float) -> list[Shard]:
    """The shards that follow one which is closed. `name` is its name; `newest` was opened last.

    Why none at the same moment: names are of moments, and are listed and paged through in their order.
    """
    number, opened_at = newest.number + 1, max(now, newest.opened_at + _APART_SECONDS)
    if not _splits(shard, open_count):
        return [_child(name, number, shard.low, shard.high, opened_at)]
    middle = (shard.low + shard.high) // 2
    return [
        _child(name, number, shard.low, middle, opened_at),
        _child(name, number + 1, middle, shard.high, opened_at + _APART_SECONDS),
    ]


def _splits(shard: Shard, open_count: int) -> bool:
    return shard.taken >= SPLIT_AFTER and open_count < MOST_OPEN


def _child(parent: str, number: int, low: int, high: int, opened_at: float) -> Shard:
    return Shard(number, parent, low, high, opened_at, None, None, start_of(number))


def shard_id(stream_arn: str, created_at: float, shard: Shard) -> str:
    """The name of a shard, in AWS's form; the names of a stream's shards are in the order in which they were opened."""
    if shard.number == 0:
        return _shard_id(created_at, stream_arn)
    return _shard_id(shard.opened_at, f"{stream_arn}/{shard.number}")


def _shard_id(moment: float, text: str) -> str:
    return f"shardId-{int(moment * 1000):020d}-{crc32(text.encode()):08x}"
