"""The Bus port: wake-ups that may be lost. What may not be lost is a delivery (`Transaction.send`)."""

from typing import Protocol


class Subscription(Protocol):
    """A standing interest in topics. A wake between two waits is remembered, so none is missed."""

    @property
    def is_pending(self) -> bool:
        """True when a topic was woken since the last wait began to return."""

    async def wait(self, until: float | None = None, patience_seconds: float | None = None) -> bool:
        """Return True when woken, False at `until` (platform time) or after `patience_seconds` of real time.

        Patience is for clients that hold a connection open (long polls): they wait in real seconds even when the
        platform's clock stands still.
        """

    def close(self) -> None:
        """Lose interest. Safe to call twice."""


class Bus(Protocol):
    """Topics within one platform; a topic is any string, `<service>:<what>` by habit."""

    def subscribe(self, *topics: str) -> Subscription:
        """Be woken by any of `topics` until closed."""

    def wake(self, *topics: str) -> None:
        """Wake the topics' subscribers now. Inside a transaction use `tx.wake` instead."""
