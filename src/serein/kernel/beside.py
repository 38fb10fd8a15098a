"""Threads beside the event loop, for short work that lets go of the interpreter: a commit, a signature.

Why not an executor: its futures cost 20 µs a call more than a queue and a call.
"""

import asyncio
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
Then = Callable[[Any, BaseException | None], None]
"""What comes after, on the event loop: it gets what the work returned, or what it raised."""


class Beside:
    """Does work in threads of its own, begun with the first."""

    def __init__(self, name: str, threads: int = 1) -> None:
        self._name = name
        self._count = threads
        self._waiting: SimpleQueue[tuple[Callable[[], Any], Then, asyncio.AbstractEventLoop] | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def start(self, work: Callable[[], Any], then: Then) -> None:
        """Have work done, in turn, and `then` called on this event loop."""
        if not self._threads:
            self._begin()
        self._waiting.put((work, then, asyncio.get_running_loop()))

    def run(self, work: Callable[[], T]) -> "asyncio.Future[T]":
        """Have work done, in turn; the future is what it returns or raises."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def then(result: T, error: BaseException | None) -> None:
            if done.done():
                return
            if error is None:
                done.set_result(result)
            else:
                done.set_exception(error)

        self.start(work, then)
        return done

    def close(self) -> None:
        """Return when everything has been done."""
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()
        self._threads = []

    def _begin(self) -> None:
        for number in range(self._count):
            thread = threading.Thread(target=self._work, name=f"{self._name}-{number}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while (waiting := self._waiting.get()) is not None:
            work, then, loop = waiting
            result, failure = None, None
            try:
                result = work()
            except BaseException as error:  # whatever it is, it belongs to those who wait for the work
                failure = error
            try:
                loop.call_soon_threadsafe(then, result, failure)
            except RuntimeError:
                if not loop.is_closed():
                    raise
                # Nobody waits any more.
