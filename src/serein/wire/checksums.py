"""The checksums that trailers carry, fed piece by piece. What Python lacks comes from AWS's own `awscrt`."""

import base64
import hashlib
import zlib
from collections.abc import Callable
from typing import Any, Protocol

_CRC_BYTES = {"crc32": 4, "crc32c": 4, "crc64nvme": 8}
_HASHES = {"sha1", "sha256", "sha512", "md5"}
_XXHASHES = {"xxhash64": "new_xxhash64", "xxhash3": "new_xxhash3_64", "xxhash128": "new_xxhash3_128"}


class Checksum(Protocol):
    """A checksum being computed."""

    def update(self, chunk: bytes, /) -> None:
        """Add bytes."""

    def digest(self) -> bytes:
        """The checksum of what was added so far."""


class _Crc:
    """A cyclic redundancy check, as big-endian bytes."""

    def __init__(self, name: str) -> None:
        self._update: Callable[[bytes, int], int] = zlib.crc32 if name == "crc32" else getattr(_native(), name)
        self._size_bytes = _CRC_BYTES[name]
        self._value = 0

    def update(self, chunk: bytes, /) -> None:
        self._value = self._update(chunk, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size_bytes)


class _XxHash:
    def __init__(self, name: str) -> None:
        self._hash = getattr(_native().XXHash, _XXHASHES[name])()

    def update(self, chunk: bytes, /) -> None:
        self._hash.update(chunk)

    def digest(self) -> bytes:
        value: bytes = self._hash.finalize()
        return value


def _native() -> Any:
    # Why late: it costs 50 ms and 8 MB, and what most SDKs send (CRC32) never needs it.
    from awscrt import checksums

    return checksums


def find_checksum(name: str) -> Checksum | None:
    """A new checksum by its name in any case (`crc32c`, `SHA256`), or None when there is no such algorithm."""
    lowered = name.lower()
    if lowered in _CRC_BYTES:
        return _Crc(lowered)
    if lowered in _HASHES:
        return hashlib.new(lowered, usedforsecurity=False)
    return _XxHash(lowered) if lowered in _XXHASHES else None


def checksum_text(checksum: Checksum) -> str:
    """A checksum as headers carry it: base64."""
    return base64.b64encode(checksum.digest()).decode()
