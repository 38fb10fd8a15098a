"""Streams as their readers see them: shards, and pages of records as Lambda's event shows them."""

from dataclasses import dataclass
from typing import Any, Protocol

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard; positions are sequence numbers, or empty."""

    id: str
    parents: tuple[str, ...]
    start: str
    """The position to read it from its beginning."""
    last: str
    """The position of its newest record, where the stream tells."""
    is_closed: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Records that were read of a shard."""

    records: list[Record]
    last: str
    """The position to go on from."""
    is_ended: bool
    """Whether the shard will never have more."""
    is_cut: bool
    """Whether more is there already."""


class StreamSource(Protocol):
    """A stream that a mapping reads."""

    topic: str
    """Woken at each record."""
    batch_info: str
    """What a batch is called in the documents about failures."""
    retention_seconds: float
    """How long records are kept."""

    async def list_shards(self, since: str, *, is_whole: bool) -> list[Shard]:
        """The shards, parents before their children: all, or those from the one on that starts at `since`."""

    async def read(self, shard_id: str, after: str, limit: int) -> Page:
        """Up to `limit` records after a position, no more than fit into an event."""

    def sequence_of(self, record: Record) -> str:
        """A record's sequence number."""

    def key_of(self, record: Record) -> bytes:
        """What records have in common that must stay in order."""

    def arrived_at(self, record: Record) -> float:
        """When a record came, in seconds since the epoch."""

    def shown_time(self, seconds: float) -> str:
        """A time of arrival as documents about failures show it."""
