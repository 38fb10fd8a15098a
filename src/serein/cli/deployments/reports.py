"""How a deployment tells what it does: to a terminal with a tree that fills in, to a file line by line, to machines in
JSON.

Steps and resources go to standard error, results to standard output; as JSON everything goes to standard output, one
document a line, of which the last is the result.
"""

import json
import re
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click

from serein.cli.deployments.failures import failure_lines, problem_document
from serein.cli.deployments.tree import FRAMES, Tree, line_of, seconds_of
from serein.kernel.clock import monotonic
from serein.settings import inherited

if TYPE_CHECKING:
    from serein.deploy.errors import DeployFailed
    from serein.deploy.progress import ResourceEvent

_BEGIN, _END = "\033[?2026h\033[?25l", "\033[?25h\033[?2026l"
"""So that a terminal shows a whole picture at a time, without its cursor."""
_COLOURS = re.compile(r"\033\[[0-9;]*m")
_REPAINT_SECONDS = 0.1
_PATIENCE_SECONDS = 0.4


class Report:
    """Plain lines: for what is no terminal, and what the others begin from. A step is told by calling it."""

    def __init__(self) -> None:
        self.tree = Tree()
        self.is_json = False

    def __enter__(self) -> "Report":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.settle()

    def __call__(self, step: str) -> None:
        click.secho(step, dim=True, err=True)

    def resource(self, event: "ResourceEvent") -> None:
        """A step of a resource."""
        row = self.tree.add(event, monotonic())
        if event.has_failed:
            reason = event.reason.partition("\n")[0]
            click.echo(f"{line_of(row, monotonic())}  {reason}", err=True)
        elif event.status.endswith("_COMPLETE"):
            click.echo(line_of(row, monotonic()), err=True)

    def settle(self) -> None:
        """What was under way has ended: leave it standing, and begin anew."""
        self.tree = Tree()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """While something else writes, or asks."""
        yield

    def stack(self, lines: list[str]) -> None:
        """What came of one stack, for people."""
        self.settle()
        for line in lines:
            click.echo(line)

    def result(self, document: dict[str, Any]) -> None:
        """What came of everything, for machines."""

    def fail(self, error: "DeployFailed", note: str = "") -> None:
        """That something failed; `note` says what it means for what runs."""
        self.settle()
        for line in [*failure_lines(error), *([note] if note else [])]:
            click.echo(line, err=True)

    def log(self, line: str) -> None:
        """A line that a function logged."""
        click.echo(line)

    def note(self, line: str, colour: str | None = None) -> None:
        """Something that a person who watches wants to know."""
        click.secho(line, fg=colour, err=True)


class LiveReport(Report):
    """For a terminal: the rows of what is being deployed are painted over and over, below the lines that stay."""

    def __init__(self, step: str) -> None:
        super().__init__()
        self._step, self._since = step, monotonic()
        self._has_colours = not inherited().get("NO_COLOR")
        self._lock = threading.RLock()
        self._painted = 0
        self._ended = threading.Event()
        self._is_paused = False
        self._thread = threading.Thread(target=self._repaint, daemon=True)

    def __enter__(self) -> "Report":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()
        self.settle()

    def __call__(self, step: str) -> None:
        with self._lock:
            self._write(self._over([click.style(step, dim=True)]))
            self._step, self._since = step, monotonic()

    def resource(self, event: "ResourceEvent") -> None:
        with self._lock:
            self.tree.add(event, monotonic())

    def settle(self) -> None:
        with self._lock:
            rows = self.tree.lines(shutil.get_terminal_size().columns, sys.maxsize, monotonic())
            self._write(self._over(rows))
            self._step, self._since = "", monotonic()
            super().settle()

    @contextmanager
    def paused(self) -> Iterator[None]:
        with self._lock:
            self._is_paused = True
            self._write(self._over([]))
        yield
        self._is_paused, self._since = False, monotonic()

    def stack(self, lines: list[str]) -> None:
        with self._lock:
            super().stack(lines)

    def fail(self, error: "DeployFailed", note: str = "") -> None:
        with self._lock:
            super().fail(error, note)

    def log(self, line: str) -> None:
        with self._lock:
            self._write(self._over([]))
            super().log(line)

    def note(self, line: str, colour: str | None = None) -> None:
        with self._lock:
            self._write(self._over([]))
            super().note(line, colour)

    def _repaint(self) -> None:
        while not self._ended.wait(_REPAINT_SECONDS):
            with self._lock:
                if not self._is_paused:
                    self._paint()

    def _paint(self) -> None:
        now, size = monotonic(), shutil.get_terminal_size()
        lines = self.tree.lines(size.columns - 1, size.lines - 3, now)
        if self._step and (lines or now - self._since > _PATIENCE_SECONDS):
            rows = self.tree.rows()
            done = sum(not row.is_under_way for row in rows)
            counts = f", {done} done, {len(rows) - done} under way" if rows else ""
            step = f"{FRAMES[int(now * 10) % len(FRAMES)]} {self._step} ({now - self._since:.0f} s{counts})"
            lines.append(step[: size.columns - 1])
        if lines or self._painted:
            text = self._over(lines)
            self._painted = len(lines)
            self._write(text)

    def _over(self, lines: list[str]) -> str:
        """What puts lines in the place of those painted last."""
        up = f"\033[{self._painted}F" if self._painted else ""
        self._painted = 0
        return up + "".join(f"{line}\033[K\n" for line in lines) + ("\033[J" if up else "")

    def _write(self, text: str) -> None:
        # Whatever is said of colours, the cursor moves.
        if text and not self._has_colours:
            text = _COLOURS.sub("", text)
        if text:
            click.echo(f"{_BEGIN}{text}{_END}", err=True, nl=False, color=True)


class JsonReport(Report):
    """For machines."""

    def __init__(self) -> None:
        super().__init__()
        self.is_json = True

    def __call__(self, step: str) -> None:
        _emit({"event": "step", "step": step})

    def resource(self, event: "ResourceEvent") -> None:
        row = self.tree.add(event, monotonic())
        document = {
            "event": "resource",
            "stack": event.stack,
            "resource": "/".join(event.path),
            "type": event.type,
            "status": event.status,
            "at": event.at,
        }
        if not row.is_under_way:
            document["seconds"] = round(seconds_of(row, monotonic()), 3)
        if event.reason:
            document["reason"] = event.reason
        _emit(document)

    def stack(self, lines: list[str]) -> None:
        return

    def result(self, document: dict[str, Any]) -> None:
        _emit({"event": "result", "ok": True, **document})

    def fail(self, error: "DeployFailed", note: str = "") -> None:
        problems = [problem_document(problem) for problem in error.problems]
        told = {"message": error.message, "problems": problems}
        # What goes on after it has its result later.
        _emit({"event": "error", "error": told} if note else {"event": "result", "ok": False, "error": told})

    def log(self, line: str) -> None:
        _emit({"event": "log", "line": click.unstyle(line)})

    def note(self, line: str, colour: str | None = None) -> None:
        _emit({"event": "note", "note": line})


def open_report(step: str, *, as_json: bool = False) -> Report:
    """The report that suits what it is written to."""
    if as_json:
        return JsonReport()
    is_terminal = sys.stderr.isatty() and inherited().get("TERM") != "dumb"
    return LiveReport(step) if is_terminal else Report()


def _emit(document: dict[str, Any]) -> None:
    click.echo(json.dumps(document, default=str))
