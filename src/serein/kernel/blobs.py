"""The Blobs port: bytes too large for a row (objects, function packages)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Blob:
    """A stored blob: immutable, named by the store. Callers keep `key` and `size_bytes` in their rows."""

    key: str
    size_bytes: int


class Blobs(Protocol):
    """Durable immutable bytes. A blob that no committed row names is swept at start-up (`sweep`)."""

    async def put(self, chunks: AsyncIterator[bytes]) -> Blob:
        """Store what `chunks` yields and return once it is durable; nothing stays when `chunks` raises."""

    def open(self, key: str, start: int = 0, size_bytes: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start`, at most `size_bytes` of them, in chunks. Raises FileNotFoundError."""

    async def join(self, keys: list[str]) -> Blob:
        """Store the concatenation of blobs as a new one (multipart uploads)."""

    async def delete(self, key: str) -> None:
        """Delete; not an error when it is gone already."""

    async def path_of(self, key: str) -> Path:
        """A local file with the blob's bytes, for libraries that need one; read it, don't change it."""
