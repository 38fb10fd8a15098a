"""The Bus within one process: topics wake futures."""

import asyncio
from collections import defaultdict

from serein.kernel.clock import Clock


class LocalSubscription:
    """An interest in topics; belongs to the event loop's thread."""

    __slots__ = ("_bus", "_clock", "_pending", "_topics", "_waiter")

    def __init__(self, bus: "LocalBus", clock: Clock, topics: tuple[str, ...]) -> None:
        self._bus = bus
        self._clock = clock
        self._topics = topics
        self._pending = False
        self._waiter: asyncio.Future[None] | None = None

    @property
    def is_pending(self) -> bool:
        return self._pending

    def mark(self) -> None:
        """Remember a wake, and end a wait that is under way."""
        self._pending = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def wait(self, until: float | None = None, patience_seconds: float | None = None) -> bool:
        if not self._pending:
            await self._sleep(until, patience_seconds)
        woken, self._pending = self._pending, False
        return woken

    async def _sleep(self, until: float | None, patience_seconds: float | None) -> None:
        if until is not None and until <= self._clock.now():
            return
        self._waiter = asyncio.get_running_loop().create_future()
        alarm = asyncio.ensure_future(self._clock.sleep_until(until)) if until is not None else None
        try:
            await asyncio.wait(
                {self._waiter} if alarm is None else {self._waiter, alarm},
                timeout=patience_seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            self._waiter = None
            if alarm is not None:
                alarm.cancel()

    def close(self) -> None:
        self._bus.forget(self, self._topics)


class LocalBus:
    """Topics and their subscriptions."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._topics: defaultdict[str, set[LocalSubscription]] = defaultdict(set)

    def subscribe(self, *topics: str) -> LocalSubscription:
        subscription = LocalSubscription(self, self._clock, topics)
        for topic in topics:
            self._topics[topic].add(subscription)
        return subscription

    def wake(self, *topics: str) -> None:
        # Why not index the dict: topics are many (one a queue) and most have no subscriber.
        find = self._topics.get
        for topic in topics:
            for subscription in find(topic, ()):
                subscription.mark()

    def forget(self, subscription: LocalSubscription, topics: tuple[str, ...]) -> None:
        for topic in topics:
            subscribers = self._topics.get(topic)
            if subscribers is not None:
                subscribers.discard(subscription)
                if not subscribers:
                    del self._topics[topic]
