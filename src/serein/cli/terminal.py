"""What people see: a line per step, and a sign of life while one takes longer than a second.

Only a terminal gets colours and the sign of life; anything else gets plain lines.
"""

import itertools
import sys
import threading
from types import TracebackType

import click

from serein.kernel.clock import monotonic

_QUIET_SECONDS = 1.0
_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_CLEAR = "\r\033[K"


class Progress:
    """Tells on standard error what is being done. Use it in a `with` block; call it with a line per step."""

    def __init__(self, step: str) -> None:
        self._step = step
        self._began = monotonic()
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._is_terminal = sys.stderr.isatty()
        self._thread: threading.Thread | None = None

    def __call__(self, step: str) -> None:
        with self._lock:
            self._clear()
            click.echo(click.style(step, dim=True), err=True)
            self._step = step
            self._began = monotonic()

    def __enter__(self) -> "Progress":
        if self._is_terminal:
            self._thread = threading.Thread(target=self._show, daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            self._clear()

    def _show(self) -> None:
        for frame in itertools.cycle(_FRAMES):
            if self._ended.wait(0.1):
                return
            seconds = monotonic() - self._began
            if seconds > _QUIET_SECONDS:
                with self._lock:
                    click.echo(f"{_CLEAR}{frame} {self._step} ({seconds:.0f} s)", nl=False, err=True)

    def _clear(self) -> None:
        if self._is_terminal:
            click.echo(_CLEAR, nl=False, err=True)
