"""The log of one environment: from what its process writes to lines in the sink and the tail of an invocation."""

import asyncio
import os

from serein.kernel.clock import Clock
from serein.kernel.runner import FunctionSpec, LogLine, LogSink
from serein.runtime.log_lines import LogLines
from serein.runtime.variables import new_log_stream

TAIL_BYTES = 4_096
"""AWS: how much of an invocation's log `LogType: Tail` returns."""


class EnvironmentLog:
    """Collects lines, and hands them to the sink when told."""

    def __init__(self, spec: FunctionSpec, sink: LogSink, clock: Clock) -> None:
        self.stream = new_log_stream(spec.version, clock.now())
        self._spec = spec
        self._sink = sink
        self._clock = clock
        self._pending: list[LogLine] = []
        self._tail: list[str] = []
        self._tail_length = 0
        self._has_tail = False

    def write(self, text: str) -> None:
        """Add a line, with its line end; nothing for empty text."""
        if not text:
            return
        self._pending.append(LogLine(self._clock.now(), text))
        if self._has_tail:
            self._tail.append(text)
            self._tail_length += len(text)
            if self._tail_length > 64 * TAIL_BYTES:
                kept = "".join(self._tail)[-TAIL_BYTES:]
                self._tail, self._tail_length = [kept], len(kept)

    def begin_tail(self) -> None:
        """An invocation begins: its tail is what is written from now on."""
        self._has_tail = True

    def take_tail(self) -> bytes:
        """The invocation's last 4 KiB."""
        tail = "".join(self._tail).encode()[-TAIL_BYTES:]
        self._tail, self._tail_length, self._has_tail = [], 0, False
        return tail

    def flush(self) -> None:
        """Hand the lines so far to the sink."""
        if self._pending:
            lines, self._pending = self._pending, []
            self._sink(self._spec, self.stream, lines)


class Output:
    """The reading end of an environment's output."""

    def __init__(self, descriptor: int, lines: LogLines, loop: asyncio.AbstractEventLoop) -> None:
        self.lines = lines
        self._descriptor = descriptor
        self._loop = loop
        loop.add_reader(descriptor, self._read_some)

    def drain(self) -> None:
        """Read what has been written so far."""
        while self._read_some():
            pass

    def close(self) -> None:
        if self._descriptor < 0:
            return
        # Why bounded: a process that is being killed may still write.
        for _ in range(256):
            if not self._read_some():
                break
        self.lines.flush()
        self._stop()

    def _read_some(self) -> bool:
        if self._descriptor < 0:
            return False
        try:
            data = os.read(self._descriptor, 65_536)
        except BlockingIOError:
            return False
        if not data:
            self._stop()
            return False
        self.lines.feed(data)
        return len(data) == 65_536

    def _stop(self) -> None:
        if self._descriptor >= 0:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1
