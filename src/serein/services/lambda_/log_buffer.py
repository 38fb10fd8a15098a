"""What functions log, on its way to CloudWatch Logs: many lines, few transactions.

The runner hands lines over as they come. They are written after a pause of at most 50 ms, or at once when there are
many, as an activity, so that an idle platform has written all it was given.
"""

import asyncio
from collections import defaultdict
from typing import Any

from serein.kernel.call import Platform
from serein.kernel.runner import FunctionSpec, LogLine
from serein.kernel.scope import Scope

_PAUSE_SECONDS = 0.04
_MANY_LINES = 1000


class LogBuffer:
    """Lines by account and stream until they are written."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._lines: dict[Scope, dict[tuple[str, str], list[list[Any]]]] = {}
        self._count = 0
        self._is_writing = False
        self._enough = asyncio.Event()

    def append(self, spec: FunctionSpec, stream: str, lines: list[LogLine]) -> None:
        """Take lines of a function; returns at once."""
        texts: list[list[Any]] = [[line.time, line.text] for line in lines]
        streams = self._lines.setdefault(spec.scope, defaultdict(list))
        streams[spec.log_group, stream] += texts
        self._count += len(texts)
        if self._count >= _MANY_LINES:
            self._enough.set()
        if not self._is_writing:
            self._is_writing = True
            self._platform.workers.activities.start("function logs", self._write())

    async def _write(self) -> None:
        try:
            while self._lines:
                await self._pause()
                lines, self._lines, self._count = self._lines, {}, 0
                await asyncio.gather(*(self._append(scope, streams) for scope, streams in lines.items()))
        finally:
            self._is_writing = False

    async def _pause(self) -> None:
        """Let more lines come: real time, because a virtual clock stands still meanwhile."""
        self._enough.clear()
        try:
            await asyncio.wait_for(self._enough.wait(), _PAUSE_SECONDS)
        except TimeoutError:
            return

    async def _append(self, scope: Scope, streams: dict[tuple[str, str], list[list[Any]]]) -> None:
        batches = [
            {"logGroupName": group, "logStreamName": stream, "lines": lines}
            for (group, stream), lines in streams.items()
        ]
        await self._platform.call("logs", "AppendLines", {"batches": batches}, scope=scope)
