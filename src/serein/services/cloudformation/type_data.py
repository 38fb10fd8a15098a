"""What AWS publishes of its resource types, read type by type from `resource_types.bin`.

The file is made by `scripts/resource_types.py`, which says how it is laid out. A type costs 0.1 ms when it is first
asked for, and the index 1 ms; start-up reads nothing.
"""

from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import msgspec
import zstandard

Node = dict[str, Any]
_FILE = Path(__file__).parent / "resource_types.bin"


@cache
def _index() -> tuple[int, dict[str, tuple[int, int]]]:
    """Where the types begin, and each one's place from there."""
    with _FILE.open("rb") as file:
        length = int.from_bytes(file.read(4), "big")
        return 4 + length, msgspec.json.decode(file.read(length))


@cache
def _decompressor() -> zstandard.ZstdDecompressor:
    return zstandard.ZstdDecompressor(dict_data=zstandard.ZstdCompressionDict(_read("")))


def _read(name: str) -> bytes:
    start, places = _index()
    offset, length = places[name]
    with _FILE.open("rb") as file:
        file.seek(start + offset)
        return file.read(length)


def is_type(name: str) -> bool:
    """Whether AWS has a type of that name."""
    return bool(name) and name in _index()[1]


def type_names() -> list[str]:
    """All types that AWS has."""
    return [name for name in _index()[1] if name]


@lru_cache(maxsize=512)
def find_type(name: str) -> Node | None:
    """The reduced schema of a type, or None when AWS has no such type. Not to be changed by who gets it.

    Besides the words of JSON Schema it has `attributes` (each with what JSON calls its values), and as paths like
    `Code/ZipFile` the `identifier`, what can only be `read`, what needs a new resource to change (`created`) and what
    may need one (`conditional`); `tags`, the property that takes tags, where there is one; and `legacy` for a type that
    AWS's registry doesn't run.
    """
    if not is_type(name):
        return None
    found: Node = msgspec.json.decode(_decompressor().decompress(_read(name)))
    return found
