"""What can go wrong between a project folder and a deployed stack; messages are for the person who deploys."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file, from 1."""

    path: Path
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong."""

    message: str
    """Who refused it says it in these words."""
    subject: str = ""
    """The logical id of the resource that it is about, after those of the stacks that it is nested in."""
    kind: str = ""
    """That resource's type."""
    place: Place | None = None
    hint: str = ""
    """What to do about it, where that is known."""

    def __str__(self) -> str:
        about = f"{self.subject} ({self.kind}): " if self.kind else f"{self.subject}: " if self.subject else ""
        lines = [f"  {about}{self.message}"]
        if self.place is not None:
            lines.append(f"  at {self.place}")
        if self.hint:
            lines.append(f"  {self.hint}")
        return "\n".join(lines)


class DeployFailed(Exception):
    """The application could not be deployed; the message says why and what to do."""

    def __init__(self, message: str, *problems: Problem) -> None:
        super().__init__(message)
        self.message = message
        self.problems = problems
        """What the message sums up, the first cause first; empty when the message is all that is known."""

    def __str__(self) -> str:
        return "\n".join([self.message, *map(str, self.problems)])


class TemplateInvalid(DeployFailed):
    """There is no template, or it can't be read."""


class ParametersMissing(DeployFailed):
    """Parameters have no value."""

    def __init__(self, message: str, declared: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__(message)
        self.declared = declared
        """What the template says of each of them."""


class BuildFailed(DeployFailed):
    """A function or a layer could not be built; the message holds the tool's own output."""


class StackFailed(DeployFailed):
    """CloudFormation refused or rolled back; the problems are the resources that failed."""
