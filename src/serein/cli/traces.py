"""Errors of functions as their developers want to read them: traces on lines of their own, with their own files.

Functions see their code at /var/task and their layers at /opt; what is logged names those paths. Where a stack was
deployed from sources on this machine, a path that is one of them becomes the file that was saved.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CODE = r"/var/task|/[^\s\"'():]*/lambda/[0-9a-f]{64}"
_PATH = re.compile(rf"(?P<code>{_CODE})/(?P<file>[^\s\"'():]+)|/opt/(?P<layer>[^\s\"'():]+)")
_LAYER_FOLDER = re.compile(r"(?:python/(?:lib/python[\d.]+/site-packages/)?|nodejs/(?:node_modules/)?)")
_OF_RUNTIME = re.compile(r"^    at .*(/var/runtime/|/runtime/guest/|node:internal/|new Promise \(<anonymous>\))")
"""Below the function's own code, a JavaScript trace tells of who called it."""
_TRACES = ("stackTrace", "stack", "trace")


@dataclass(frozen=True, slots=True)
class Places:
    """Where the sources of a function are on this machine: its code, and its stack's layers."""

    code: Path | None = None
    layers: tuple[Path, ...] = ()

    def real(self, text: str) -> str:
        """The text with the paths that a function sees as those of the developer, where the files exist."""
        return _PATH.sub(self._file, text) if self.code or self.layers else text

    def _file(self, found: "re.Match[str]") -> str:
        if found["layer"] is None:
            candidates = [self._in_code(found["file"])]
        else:
            inner = _LAYER_FOLDER.sub("", found["layer"], count=1)
            candidates = [layer / name for layer in self.layers for name in (found["layer"], inner)]
        return next((str(path) for path in candidates if path is not None and path.is_file()), found[0])

    def _in_code(self, name: str) -> Path | None:
        if self.code is None:
            return None
        return self.code.parent / name if self.code.is_file() else self.code / name


def readable(text: str, places: Places) -> str:
    """A record of a log, without its line end: an error with a trace in JSON gets lines."""
    text = text.rstrip("\r\n").replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")
    start = text.find('{"')
    if start >= 0 and any(f'"{name}"' in text for name in _TRACES):
        error = _find_error(text[start:])
        if error is not None:
            text = f"{text[:start].rstrip()} {_with_lines(error)}".lstrip()
    return places.real(text)


def trace_of(document: str, places: Places) -> str:
    """The error document that a function ended with, with lines; empty when it is none."""
    error = _find_error(document, needs_trace=False)
    return places.real(_with_lines(error).replace("\u00a0", " ")) if error is not None else ""


def is_error(text: str) -> bool:
    """Whether a record of a log tells of an error."""
    return "[ERROR]" in text or "\tERROR\t" in text or "Traceback (most recent" in text or "Task timed out" in text


def _find_error(text: str, *, needs_trace: bool = True) -> dict[str, Any] | None:
    """An error in JSON, possibly within a record of the JSON format."""
    try:
        document = json.loads(text)
    except ValueError:
        return None
    for found in (document, document.get("message") if isinstance(document, dict) else None):
        if isinstance(found, dict) and "errorMessage" in found:
            has_trace = any(isinstance(found.get(name), list) for name in _TRACES)
            if has_trace or not needs_trace:
                return found
    return None


def _with_lines(error: dict[str, Any]) -> str:
    kind, message = error.get("errorType") or "Error", error.get("errorMessage")
    title = f"{kind}: {message}"
    trace: list[Any] = next((error[name] for name in _TRACES if isinstance(error.get(name), list)), [])
    lines = [line for entry in trace for line in str(entry).rstrip("\n").split("\n")]
    while lines and _OF_RUNTIME.search(lines[-1]):
        lines.pop()
    if not lines:
        return title
    if any(line.lstrip().startswith("File ") for line in lines):
        return "\n".join([title, "Traceback (most recent call last):", *lines])
    # JavaScript's traces begin with the error, on as many lines as its message has.
    own = lines[0].startswith(str(kind)) or lines[0].startswith(title)
    return "\n".join(lines if own else [title, *lines])
