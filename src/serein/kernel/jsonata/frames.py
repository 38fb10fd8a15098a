"""What an evaluation runs in: variables by name, and the limits of one evaluation."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from serein.kernel import clock
from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.values import UNDEFINED

_TICKS_BETWEEN_LOOKS = 64
_NUMBER_BYTES = 8


@dataclass(frozen=True, slots=True)
class Limits:
    """What one evaluation may take."""

    seconds: float = 2.0
    """Of the processor."""
    depth: int = 100
    """How deep calls may nest."""
    size_bytes: int = 6_990_256
    """Of one sequence, at 8 bytes a member, or of one string."""


class Run:
    """One evaluation."""

    __slots__ = ("_deadline", "_ticks", "limits", "now")

    def __init__(self, limits: Limits, now: float) -> None:
        self.limits = limits
        self.now = now
        self._ticks = 0
        self._deadline = 0.0

    def tick(self) -> None:
        """Count a step of a loop. Raises U1002 when the time is over."""
        self._ticks += 1
        if self._ticks % _TICKS_BETWEEN_LOOKS:
            return
        now = clock.processor_seconds()
        if not self._deadline:
            self._deadline = now + self.limits.seconds
        elif now > self._deadline:
            raise JsonataError("U1002")

    def allow_members(self, count: int) -> None:
        """Raises U1003 of a sequence that is too long."""
        if count * _NUMBER_BYTES > self.limits.size_bytes:
            raise JsonataError("U1003")

    def allow_text(self, length: int) -> None:
        if length > self.limits.size_bytes:
            raise JsonataError("U1003")


class Frame:
    """Variables by name, within those of another frame."""

    __slots__ = ("depth", "names", "parent", "run")

    def __init__(self, names: Mapping[str, Any], parent: "Frame | None", run: Run, depth: int) -> None:
        self.names = names
        self.parent = parent
        self.run = run
        self.depth = depth
        """How deep the call is nested whose frame this is."""

    def lookup(self, name: str) -> Any:
        frame: Frame | None = self
        while frame is not None:
            if name in frame.names:
                return frame.names[name]
            frame = frame.parent
        return UNDEFINED

    def bind(self, name: str, value: Any) -> None:
        self.names[name] = value  # type: ignore[index]

    def within(self, names: dict[str, Any]) -> "Frame":
        return Frame(names, self, self.run, self.depth)
