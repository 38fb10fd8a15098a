"""The checksums that protect bodies: CRC32, CRC32C, CRC64NVME, SHA-1 and SHA-256, fed piece by piece.

CRC32C and CRC64NVME have no implementation in the standard library. The `awscrt` and `crc32c` packages have fast ones
and are used when installed; otherwise tables do (slicing by eight, some megabytes a second), which is enough for the
few clients that choose them.
"""

import base64
import functools
import hashlib
import importlib
import zlib
from collections.abc import Callable
from typing import Protocol

_Update = Callable[[bytes, int], int]


class Checksum(Protocol):
    """A checksum being computed."""

    def update(self, chunk: bytes, /) -> None:
        """Add bytes."""

    def digest(self) -> bytes:
        """The checksum of what was added so far."""


class _Crc:
    """A cyclic redundancy check, as big-endian bytes."""

    def __init__(self, update: _Update, width_bytes: int) -> None:
        self._update = update
        self._width_bytes = width_bytes
        self._value = 0

    def update(self, chunk: bytes, /) -> None:
        self._value = self._update(chunk, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._width_bytes)


def find_checksum(name: str) -> Checksum | None:
    """A new checksum by its name in any case (`crc32c`, `SHA256`), or None when there is no such algorithm."""
    lowered = name.lower()
    if lowered == "crc32":
        return _Crc(zlib.crc32, 4)
    if lowered == "crc32c":
        return _Crc(_crc32c(), 4)
    if lowered == "crc64nvme":
        return _Crc(_crc64nvme(), 8)
    if lowered == "sha1":
        return hashlib.sha1(usedforsecurity=False)
    if lowered == "sha256":
        return hashlib.sha256()
    if lowered == "md5":
        return hashlib.md5(usedforsecurity=False)
    return None


def checksum_text(checksum: Checksum) -> str:
    """A checksum as headers carry it: base64."""
    return base64.b64encode(checksum.digest()).decode()


def _native(module: str, function: str) -> _Update | None:
    try:
        found: _Update | None = getattr(importlib.import_module(module), function, None)
    except ImportError:
        return None
    return found


@functools.cache
def _crc32c() -> _Update:
    return _native("awscrt.checksums", "crc32c") or _native("crc32c", "crc32c") or _table_driven(0x82F63B78, 0xFFFFFFFF)


@functools.cache
def _crc64nvme() -> _Update:
    return _native("awscrt.checksums", "crc64nvme") or _table_driven(0x9A6C9329AC4BC9B5, 0xFFFFFFFFFFFFFFFF)


def _table_driven(polynomial: int, mask: int) -> _Update:
    """A reflected CRC whose first and last value is inverted, eight bytes at a time."""
    first = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = (value >> 1) ^ (polynomial if value & 1 else 0)
        first.append(value)
    tables = [first]
    for _ in range(7):
        tables.append([(value >> 8) ^ first[value & 0xFF] for value in tables[-1]])
    t0, t1, t2, t3, t4, t5, t6, t7 = tables

    def update(chunk: bytes, value: int) -> int:
        value ^= mask
        whole = len(chunk) & ~7
        for position in range(0, whole, 8):
            mixed = value ^ int.from_bytes(chunk[position : position + 8], "little")
            value = (
                t7[mixed & 0xFF]
                ^ t6[(mixed >> 8) & 0xFF]
                ^ t5[(mixed >> 16) & 0xFF]
                ^ t4[(mixed >> 24) & 0xFF]
                ^ t3[(mixed >> 32) & 0xFF]
                ^ t2[(mixed >> 40) & 0xFF]
                ^ t1[(mixed >> 48) & 0xFF]
                ^ t0[mixed >> 56]
            )
        for byte in chunk[whole:]:
            value = (value >> 8) ^ first[(value ^ byte) & 0xFF]
        return value ^ mask

    return update
