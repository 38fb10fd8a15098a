"""The processes of one environment: its runtime's and its extensions'. They live, freeze and end together."""

import asyncio
import contextlib
import os
from collections.abc import Callable

from serein.runtime import freezer
from serein.runtime.environment_log import Output
from serein.runtime.log_lines import LogLines
from serein.runtime.memory import MemoryWatch
from serein.runtime.zygote import Process

_EXTENSION_MB = 10


class Guest:
    """A running process and what it writes."""

    def __init__(self, process: Process, emit: Callable[[str], None], memory: MemoryWatch) -> None:
        self.process = process
        self.output = Output(process.output, LogLines(emit), asyncio.get_running_loop())
        self.memory = memory
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def is_alive(self) -> bool:
        return self.process.exit_status is None

    def follow_memory(self) -> None:
        if self.process.pid is not None:
            groups = self.process.groups
            self.memory.follow(self.process.pid, groups.memory if groups is not None else None)


class Processes:
    """What runs in an environment at the moment."""

    def __init__(self, limit_mb: int, presumed_mb: int) -> None:
        self.runtime: Guest | None = None
        self.extensions: dict[str, Guest] = {}
        self.is_frozen = False
        self.memory = MemoryWatch(limit_mb, presumed_mb)
        self._limit_mb = limit_mb
        self._outside: tuple[int, ...] = ()
        self._peak_mb = 0

    @property
    def any_alive(self) -> bool:
        return self.runtime is not None or bool(self.extensions)

    def add_runtime(self, process: Process, emit: Callable[[str], None], exited: Callable[[Guest, int], None]) -> None:
        """The runtime has been started. `exited` is called when it ends, now if it has."""
        self.runtime = self._add(process, emit, exited, self.memory)

    def add_extension(
        self, name: str, process: Process, emit: Callable[[str], None], exited: Callable[[Guest, int], None]
    ) -> None:
        """An extension has been started."""
        self.extensions[name] = self._add(process, emit, exited, MemoryWatch(self._limit_mb, _EXTENSION_MB))

    def _add(
        self, process: Process, emit: Callable[[str], None], exited: Callable[[Guest, int], None], memory: MemoryWatch
    ) -> Guest:
        guest = Guest(process, emit, memory)

        def ended(status: int) -> None:
            if not guest.ended.done():
                if guest is self.runtime or guest in self.extensions.values():
                    guest.memory.was_exceeded |= process.was_out_of_memory
                guest.ended.set_result(status)
                exited(guest, status)

        process.on_exit = ended
        if process.exit_status is not None:
            asyncio.get_running_loop().call_soon(ended, process.exit_status)
        return guest

    def has_extension(self, guest: Guest) -> bool:
        """Whether it is one of those that run now."""
        return any(other is guest for other in self.extensions.values())

    def drop(self, *, discards: bool = False) -> None:
        """Kill what runs and read the last of its output. `discards`: their private folder goes with them."""
        guests = [*self.extensions.values()]
        if self.runtime is not None:
            guests.append(self.runtime)
        self._peak_mb = self.peak_mb()
        self.runtime, self.is_frozen, self._outside = None, False, ()
        self.extensions.clear()
        for guest in guests:
            guest.process.kill(discards=discards)
            guest.output.close()
            guest.memory.leave()

    def forget(self, guest: Guest) -> None:
        """A process has ended by itself: read the last of its output."""
        guest.output.close()
        self._peak_mb = self.peak_mb()
        guest.memory.leave()
        if guest is self.runtime:
            self.runtime = None
        self.extensions = {name: other for name, other in self.extensions.items() if other is not guest}

    def drain(self) -> None:
        """Read what has been written so far."""
        if self.runtime is not None:
            self.runtime.output.drain()
            self.runtime.output.lines.flush()
        for guest in self.extensions.values():
            guest.output.drain()

    def freeze(self) -> None:
        self.is_frozen = True
        guests = [*self.extensions.values(), *([self.runtime] if self.runtime is not None else [])]
        keepers = {guest.process.keeper for guest in guests if guest.process.keeper and guest.is_alive}
        self._outside = freezer.freeze(self._leaders(), keepers)

    def thaw(self) -> None:
        self.is_frozen = False
        freezer.thaw(self._leaders(), self._outside)

    def _leaders(self) -> list[int]:
        guests = [*self.extensions.values()]
        if self.runtime is not None:
            guests.append(self.runtime)
        return [guest.process.pid for guest in guests if guest.process.pid is not None and guest.is_alive]

    # --- memory

    def follow_memory(self) -> None:
        if self.runtime is not None:
            self.runtime.follow_memory()
        for guest in self.extensions.values():
            guest.follow_memory()

    def is_memory_exceeded(self) -> bool:
        """Whether they use more together than they may. AWS: extensions count into the function's memory."""
        if self.runtime is not None and self.memory.is_exceeded():
            return True
        return bool(self.extensions) and self.used_mb() > self._limit_mb

    def used_mb(self) -> int:
        used = self.memory.used_mb() if self.runtime is not None else 0
        return used + sum(guest.memory.used_mb() for guest in self.extensions.values())

    def peak_mb(self) -> int:
        """The most they have used, never more than the function's memory size."""
        peak = self.memory.peak_mb() if self.runtime is not None or not self._peak_mb else 0
        for guest in self.extensions.values():
            peak += guest.memory.peak_mb()
        return min(max(peak, self._peak_mb), self._limit_mb)


def discard_unstarted(process: Process) -> None:
    """End a process that came too late to be used."""
    process.kill(discards=True)
    with contextlib.suppress(OSError):
        os.close(process.output)
