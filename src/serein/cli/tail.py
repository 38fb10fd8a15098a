"""New log lines of functions, again and again, each with the name of its function."""

import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click
from botocore.exceptions import ClientError

from serein.cli.traces import Places, is_error, readable

_PREFIX = "/aws/lambda/"
_COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "bright_cyan", "bright_green", "bright_magenta")
_BRISK_SECONDS, _SLOW_SECONDS = 0.2, 1.0
_LATE_MS = 5000


class Tail:
    """Reads log groups from a moment on; each line is given once."""

    def __init__(
        self,
        logs: Any,
        begin: float,
        *,
        is_terse: bool = False,
        pattern: str = "",
        find_places: Callable[[str], Places] = lambda _group: Places(),
    ) -> None:
        """`begin` is platform time in seconds. Terse: without times and Lambda's START and END lines.

        `pattern` is a filter pattern; `find_places` tells where the sources of a log group's function are.
        """
        self._logs = logs
        self._pattern = pattern
        self._find_places = find_places
        self._places: dict[str, Places] = {}
        self._is_terse = is_terse
        self._begin_ms = int(begin * 1000)
        self._labels: dict[str, str] = {}
        self._cursors: dict[str, tuple[int, dict[str, int]]] = {}
        self._watches_all = False
        self.pause_seconds = _BRISK_SECONDS

    def watch(self, labels: dict[str, str]) -> None:
        """Read these log groups from now on; labels are what their lines are marked with."""
        self._labels = dict(labels)
        self._places = {}

    def watch_all(self) -> None:
        """Read the log groups of all functions, also of those to come."""
        self._watches_all = True

    def read(self) -> list[str]:
        """What is new, oldest first."""
        if self._watches_all:
            pages = self._logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=_PREFIX)
            groups = [group["logGroupName"] for page in pages for group in page["logGroups"]]
            self._labels = {group: group.removeprefix(_PREFIX) for group in groups}
        found: list[tuple[int, str, str]] = []
        for group, label in self._labels.items():
            found += [(time_ms, label, self._readable(group, text)) for time_ms, text in self._read_group(group)]
        found.sort(key=lambda event: event[0])
        self.pause_seconds = _BRISK_SECONDS if found else min(self.pause_seconds * 1.3, _SLOW_SECONDS)
        width = max((len(label) for label in self._labels.values()), default=0)
        return [
            self._line(time_ms, label, line, width, is_error(text))
            for time_ms, label, text in found
            for line in text.splitlines() or [""]
            if not (self._is_terse and line.startswith(("START RequestId", "END RequestId", "INIT_START")))
        ]

    def _readable(self, group: str, text: str) -> str:
        """A record as people read it. Sources are looked up for the first that may name one."""
        if "/" not in text:
            return readable(text, Places())
        if group not in self._places:
            if not (is_error(text) or "/opt/" in text or "/var/task" in text):
                return readable(text, Places())
            self._places[group] = self._find_places(group)
        return readable(text, self._places[group])

    def _read_group(self, group: str) -> list[tuple[int, str]]:
        """Events not given yet. The last seconds are read again: streams of one group arrive out of order."""
        latest, seen = self._cursors.get(group, (self._begin_ms, {}))
        start_ms = max(self._begin_ms, latest - _LATE_MS)
        asked = {"filterPattern": self._pattern} if self._pattern else {}
        try:
            reader = self._logs.get_paginator("filter_log_events")
            pages = reader.paginate(logGroupName=group, startTime=start_ms, **asked)
            events = [event for page in pages for event in page["events"] if event["eventId"] not in seen]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            return []
        if events:
            seen = {**seen, **{event["eventId"]: event["timestamp"] for event in events}}
            latest = max(seen.values())
            recent = {name: time_ms for name, time_ms in seen.items() if time_ms >= latest - _LATE_MS}
            self._cursors[group] = (latest, recent)
        return [(event["timestamp"], event["message"]) for event in events]

    def _line(self, time_ms: int, label: str, text: str, width: int, is_failure: bool) -> str:
        colour = _COLOURS[zlib.crc32(label.encode()) % len(_COLOURS)]
        marked = click.style(f"{label:<{width}} |", fg=colour)
        if is_failure:
            text = click.style(text, fg="red")
        if self._is_terse:
            return f"{marked} {text}"
        at = datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        return f"{click.style(at + 'Z', dim=True)} {marked} {text}"
