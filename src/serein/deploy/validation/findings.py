"""What a validation finds."""

from dataclasses import dataclass

from serein.deploy.errors import Problem

LEVELS = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found."""

    level: str
    """`error`: it can't be deployed, or not as it is meant; `warning`: something of it has no effect here, or may not
    be meant; `info`: worth knowing.
    """
    problem: Problem
    rule: str = ""
    """cfn-lint's, empty for Serein's own."""


def ordered(findings: list[Finding]) -> list[Finding]:
    """By file and line, each once."""
    once = {(str(each.problem.place), each.problem.subject, each.problem.message): each for each in findings[::-1]}

    def key(finding: Finding) -> tuple[str, int, int]:
        place = finding.problem.place
        return (str(place.path) if place else "", place.line if place else 0, LEVELS.index(finding.level))

    return sorted(once.values(), key=key)
