"""A failure on the screen: what was to be done, the first cause in full with its line, what to do, and the rest."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from serein.deploy.errors import DeployFailed, Place, Problem


def failure_lines(error: "DeployFailed") -> list[str]:
    """The lines that tell of a failure."""
    lines = [click.style(error.message, fg="red", bold=bool(error.problems))]
    if not error.problems:
        return lines
    lines += ["", *problem_lines(error.problems[0])]
    others = error.problems[1:]
    if others:
        lines += ["", click.style(f"And {len(others)} more:", bold=True)]
        lines += [line for problem in others for line in _short(problem)]
    return lines


def problem_lines(problem: "Problem") -> list[str]:
    """One problem in full."""
    lines = []
    if problem.subject:
        kind = f"  {problem.kind}" if problem.kind else ""
        lines.append(f"  {click.style(problem.subject, bold=True)}{kind}")
    lines += [f"  {line}" for line in problem.message.splitlines()]
    if problem.place is not None:
        lines += ["", *_place_lines(problem.place)]
    if problem.hint:
        lines += ["", f"  {click.style(problem.hint, fg='cyan')}"]
    return lines


def problem_document(problem: "Problem") -> dict[str, object]:
    """A problem for machines."""
    document: dict[str, object] = {"message": problem.message}
    for name, value in (("resource", problem.subject), ("type", problem.kind), ("hint", problem.hint)):
        if value:
            document[name] = value
    if problem.place is not None:
        document |= {"file": str(problem.place.path), "line": problem.place.line}
    return document


def shown(place: "Place") -> str:
    """A place as editors and terminals follow it: the file from here, and its line."""
    here = Path.cwd()
    path = place.path.relative_to(here) if place.path.is_relative_to(here) else place.path
    return f"{path}:{place.line}"


def _short(problem: "Problem") -> list[str]:
    place = f"  {shown(problem.place)}" if problem.place is not None else ""
    about = f"{problem.subject}: " if problem.subject else ""
    return [f"  {about}{problem.message.splitlines()[0] if problem.message else ''}{place}"]


def _place_lines(place: "Place") -> list[str]:
    # Why here: who has nothing to tell of a file imports none of what reads them.
    from serein.deploy.places import excerpt

    lines = [f"  {shown(place)}"]
    found = excerpt(place)
    width = len(str(found[-1][0])) if found else 0
    for number, text in found:
        is_it = number == place.line
        line = f"  {'>' if is_it else ' '} {number:>{width}} | {text}"
        lines.append(click.style(line, fg="red") if is_it else click.style(line, dim=True))
    return lines
