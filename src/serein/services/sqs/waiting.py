"""Long polls: receivers that wait in line for a queue's messages.

Why a line and not everybody at once: with a thousand receivers at an empty queue each message would have a thousand of
them look for it. Here one worker for each queue that is waited for looks, and calls as many as there are messages.
"""

import asyncio
from math import inf

from serein.kernel.call import Platform
from serein.kernel.clock import monotonic
from serein.kernel.database import Transaction
from serein.kernel.http import Client
from serein.services.sqs import receiving
from serein.services.sqs.queues import Address, Queue
from serein.services.sqs.store import queues

_MOST_CALLED_AT_ONCE = 64


class Line:
    """Those who wait for messages of one queue, in the order in which they came. A worker of the platform's."""

    def __init__(self, platform: Platform, queue: Queue, address: Address) -> None:
        self.name = f"sqs receivers of {queue.arn}"
        self.topics: tuple[str, ...] = (queue.topic, f"sqs:line:{queue.arn}")
        self.members = 0
        self._platform = platform
        self.address = address
        self._waiting: dict[Place, None] = {}
        self._called = 0
        self._due: float | None = None

    async def step(self) -> float | None:
        await self.look()
        return self._due

    async def look(self) -> None:
        """Call as many as there are messages that nobody has been called for yet; all when the queue is gone."""
        if not self._waiting:
            self._due = None
            return
        most = min(len(self._waiting), _MOST_CALLED_AT_ONCE) + self._called

        def read(tx: Transaction) -> list[float] | None:
            queue = queues.find_queue(tx, self.address)
            return None if queue is None else receiving.visible_times(tx, queue, most + 1)

        times = await self._platform.database.read(read)
        now = self._platform.clock.now()
        ready = len(self._waiting) if times is None else sum(time <= now for time in times) - self._called
        for place in list(self._waiting)[: max(0, ready)]:
            self._call(place)
        later = next((time for time in times or () if time > now), inf)
        if later < (inf if self._due is None or self._due <= now else self._due):
            self._due = later
            self._platform.bus.wake(self.topics[1])

    def _call(self, place: "Place") -> None:
        del self._waiting[place]
        self._called += 1
        place.call()

    def enter(self, place: "Place") -> None:
        self._waiting[place] = None

    def enter_first(self, place: "Place") -> None:
        self._waiting = {place: None, **self._waiting}

    def quit(self, place: "Place") -> None:
        """Take somebody out of the line who hasn't been called."""
        self._waiting.pop(place, None)

    def done(self) -> None:
        """Somebody who was called has looked for a message."""
        self._called -= 1


class Place:
    """One receiver's place in a line."""

    def __init__(self, lines: "Lines", line: Line) -> None:
        self._lines = lines
        self._line = line
        self._future: asyncio.Future[bool] | None = None
        self._is_called = False

    async def wait(self, deadline: float, client: Client | None) -> bool:
        """Return True when there may be a message, False at `deadline` (real time) or when the client is gone.

        Who has been called and found nothing is the first in the line again.
        """
        was_called, self._is_called = self._is_called, False
        if was_called:
            self._line.done()
        left = deadline - monotonic()
        if left <= 0 or (client is not None and client.is_gone):
            return False
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = loop.create_future()
        self._future = future
        if was_called:
            self._line.enter_first(self)
        else:
            self._line.enter(self)
        timer = loop.call_later(left, self._give_up)
        if client is not None:
            client.on_gone = self._give_up
        try:
            await self._line.look()
            return await future
        finally:
            timer.cancel()
            if client is not None:
                client.on_gone = None
            self._line.quit(self)

    async def leave(self) -> None:
        """Give the place up; the next one in the line is called when there are more messages."""
        if self._is_called:
            self._is_called = False
            self._line.done()
        await self._lines.leave(self._line)

    def call(self) -> None:
        """Tell the receiver that there may be a message."""
        self._is_called = True
        if self._future is not None and not self._future.done():
            self._future.set_result(True)

    def _give_up(self) -> None:
        if self._future is not None and not self._future.done():
            self._future.set_result(False)


class Lines:
    """The lines of all queues that are waited for."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._lines: dict[Address, Line] = {}

    def join(self, queue: Queue, address: Address) -> Place:
        """A place at the end of the queue's line; it has to be left."""
        line = self._lines.get(address)
        if line is None:
            line = self._lines[address] = Line(self._platform, queue, address)
            self._platform.workers.add(line)
        line.members += 1
        return Place(self, line)

    async def leave(self, line: Line) -> None:
        line.members -= 1
        if line.members:
            await line.look()
        else:
            del self._lines[line.address]
            await self._platform.workers.remove(line.name)


def lines_of(platform: Platform) -> Lines:
    found: Lines | None = platform.memory.get("sqs lines")
    if found is None:
        found = platform.memory["sqs lines"] = Lines(platform)
    return found
