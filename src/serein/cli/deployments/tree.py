"""The resources of a deployment as they come about: rows of a tree, nested stacks above what is in them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from serein.deploy.progress import ResourceEvent

FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_DOING = {"CREATE": "creating", "UPDATE": "updating", "DELETE": "deleting", "IMPORT": "importing"}
_DONE = {"CREATE": "created", "UPDATE": "updated", "DELETE": "deleted", "IMPORT": "imported"}


@dataclass(slots=True)
class Row:
    """A resource."""

    path: tuple[str, ...]
    type: str
    status: str
    began_at: float
    """By the server's clock, as is `ended_at`."""
    noticed_at: float
    """By this machine's monotonic clock: for the seconds that pass while it is under way."""
    ended_at: float | None = None
    has_failed: bool = False
    children: dict[str, "Row"] = field(default_factory=dict)

    @property
    def is_under_way(self) -> bool:
        return self.ended_at is None

    @property
    def state(self) -> str:
        """What is or was done with it, in one word."""
        if self.has_failed:
            return "failed"
        verb = self.status.partition("_")[0]
        if self.status.endswith("_FAILED"):
            return "cancelled"
        return (_DOING if self.is_under_way else _DONE).get(verb, self.status.lower().replace("_", " "))


class Tree:
    """All rows, in the order in which they appeared."""

    def __init__(self) -> None:
        self._roots: dict[str, Row] = {}

    def add(self, event: "ResourceEvent", now: float) -> Row:
        """Take in what happened; `now` is monotonic. The row that it is about."""
        siblings, path = self._roots, event.path
        for depth, name in enumerate(path[:-1], 1):
            # A nested stack whose own event has not been seen yet.
            parent = siblings.setdefault(name, Row(path[:depth], "AWS::CloudFormation::Stack", "", event.at, now))
            siblings = parent.children
        row = siblings.get(path[-1])
        if row is None:
            row = siblings[path[-1]] = Row(path, event.type, event.status, event.at, now)
        is_under_way = event.status.endswith("_IN_PROGRESS")
        if is_under_way and not row.is_under_way:
            row.began_at, row.noticed_at = event.at, now
        row.type, row.status = event.type, event.status
        row.ended_at = None if is_under_way else event.at
        row.has_failed = row.has_failed or event.has_failed
        return row

    def rows(self) -> list[Row]:
        """Parents before their children."""
        return list(_walk(self._roots))

    def lines(self, width: int, height: int, now: float) -> list[str]:
        """The rows as lines of at most `width` characters; when they are more than `height`, those that matter most.

        What failed comes before what is under way, and that before what ended last.
        """
        rows = self.rows()
        left_out = ""
        if len(rows) > height:
            ranked = sorted(rows, key=lambda row: (not row.has_failed, not row.is_under_way, -(row.ended_at or 0)))
            shown = {id(row) for row in ranked[: max(height - 1, 0)]}
            hidden = [row for row in rows if id(row) not in shown]
            rows = [row for row in rows if id(row) in shown]
            ended = sum(not row.is_under_way for row in hidden)
            left_out = f"  … {len(hidden)} more, {ended} of them done"
        columns = _columns(rows)
        lines = [_line(row, columns, width, now) for row in rows]
        return [*lines, left_out[:width]] if left_out else lines


def line_of(row: Row, now: float) -> str:
    """One row by itself."""
    return _line(row, _columns([row]), 10_000, now)


def seconds_of(row: Row, now: float) -> float:
    """How long it took, or has been under way."""
    return now - row.noticed_at if row.ended_at is None else max(row.ended_at - row.began_at, 0.0)


def _walk(rows: dict[str, Row]) -> Iterator[Row]:
    for row in rows.values():
        yield row
        yield from _walk(row.children)


def _name(row: Row) -> str:
    return "  " * (len(row.path) - 1) + row.path[-1]


def _columns(rows: list[Row]) -> tuple[int, int]:
    return max((len(_name(row)) for row in rows), default=0), max((len(row.type) for row in rows), default=0)


def _line(row: Row, columns: tuple[int, int], width: int, now: float) -> str:
    sign, colour = _sign(row, now)
    text = f"{_name(row):<{columns[0]}}  {row.type:<{columns[1]}}  {row.state:<9}  {seconds_of(row, now):6.1f} s"
    return f"{click.style(sign, fg=colour)} {text[: width - 2]}"


def _sign(row: Row, now: float) -> tuple[str, str]:
    if row.has_failed:
        return "✗", "red"
    if row.is_under_way:
        return FRAMES[int(now * 10) % len(FRAMES)], "yellow"
    return ("✓", "green") if row.status.endswith("_COMPLETE") else ("-", "yellow")
