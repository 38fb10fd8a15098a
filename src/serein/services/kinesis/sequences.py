"""Sequence numbers: what AWS packs into their 56 digits.

A number is 47 hexadecimal digits, written in decimal: `2`, the second of the shard's creation (9 digits), the last
digit of the shard's number, the record's index in its shard (16), two zeros, the second of the record's arrival (9),
the shard's number (8) and the version, 2. So numbers of a shard grow with the index alone, and numbers of child shards
are above those of their parents.
"""

from typing import NamedTuple

LAST_INDEX = (1 << 63) - 1
"""The index in the number that ends a closed shard's range."""
_VERSION = 2
_LEAST, _BEYOND = 1 << 185, 3 << 184
_SECONDS = (1 << 36) - 1


class Sequence(NamedTuple):
    """What a sequence number says."""

    created: int
    """The second in which the shard was created."""
    shard: int
    place: int
    """The record's index in its shard."""


def sequence_number(created: int, shard: int, index: int, second: int) -> str:
    """The number of a record: its shard's creation and number, its index, and the second of its arrival."""
    return str(
        _LEAST | created << 148 | (shard & 15) << 144 | index << 80 | (second & _SECONDS) << 36 | shard << 4 | _VERSION
    )


def find_sequence(text: str) -> Sequence | None:
    """Return what a sequence number says, or None when no shard can have given it."""
    if not 50 < len(text) < 60 or not text.isascii() or not text.isdigit():
        return None
    number = int(text)
    if not _LEAST <= number < _BEYOND or number & 15 != _VERSION:
        return None
    shard, index = number >> 4 & 0xFFFFFFFF, number >> 80 & 0xFFFFFFFFFFFFFFFF
    if index > LAST_INDEX or shard & 15 != number >> 144 & 15:
        return None
    return Sequence(number >> 148 & _SECONDS, shard, index)
