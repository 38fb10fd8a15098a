"""Shards: stretches of the space of hash keys, opened and closed in a lineage.

A stream begins with shards of equal width. A split closes one and opens two, a merge closes two neighbours and opens
one; a closed shard keeps its records until they are too old.
"""

import msgspec

from serein.services.kinesis.sequences import LAST_INDEX, sequence_number

HASH_KEYS = 1 << 128
"""How many hash keys there are."""
MOST_SHARDS = 10_000
_NAME_PREFIX = "shardId-"
_MOST_NUMBER = (1 << 31) - 1


class Shard(msgspec.Struct, array_like=True, frozen=True):
    """A shard as stored with its stream. `low` and `high`, both inside, are decimal: they don't fit into 64 bits."""

    number: int
    id: int
    """Of its rows; given to no other shard of any stream."""
    low: str
    high: str
    created: int
    """The second of its creation that its sequence numbers tell; later than its parents'."""
    opened_at: float
    closed_at: float | None = None
    parent: int = -1
    adjacent: int = -1

    @property
    def name(self) -> str:
        return shard_name(self.number)

    @property
    def start(self) -> str:
        """The sequence number before that of its first record."""
        return sequence_number(self.created, self.number, 0, self.created)

    @property
    def end(self) -> str | None:
        """The sequence number after those of all its records, once it is closed."""
        if self.closed_at is None:
            return None
        return sequence_number(self.created, self.number, LAST_INDEX, int(self.closed_at))

    def sequence(self, index: int, second: int) -> str:
        return sequence_number(self.created, self.number, index, second)

    @property
    def hash_key_range(self) -> dict[str, str]:
        return {"StartingHashKey": self.low, "EndingHashKey": self.high}

    @property
    def parents(self) -> list[str]:
        return [shard_name(number) for number in (self.parent, self.adjacent) if number >= 0]


def shard_name(number: int) -> str:
    return f"{_NAME_PREFIX}{number:012d}"


def find_number(name: str) -> int | None:
    """Return the number of the shard that a name means, or None.

    AWS: only what follows the first hyphen counts, or all of it: `shardId-000000000001`, `shard-1` and `1` are one.
    """
    head, hyphen, tail = name.partition("-")
    digits = tail.partition("-")[0] if hyphen and tail else head
    if not digits.isascii() or not digits.isdigit() or len(digits) > 20:
        return None
    number = int(digits)
    return number if number <= _MOST_NUMBER else None


def boundaries(count: int) -> list[int]:
    """The lowest hash key of each of `count` shards of equal width."""
    width = HASH_KEYS // count
    return [width * place for place in range(count)]


def live_shards(shards: list[Shard], since: float) -> list[Shard]:
    """The shards that are open, or were closed so recently that they may have records: after `since`."""
    return [shard for shard in shards if shard.closed_at is None or shard.closed_at > since]


def children_of(shards: list[Shard], number: int) -> list[Shard]:
    """The shards that follow a closed one."""
    return [shard for shard in shards if number in (shard.parent, shard.adjacent)]
