"""cfn-lint's rules, on a template as it is written or on one that was made from something else."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from serein.deploy.errors import Place, Problem
from serein.deploy.origins import Origins
from serein.deploy.templates import Template
from serein.deploy.validation.findings import Finding

_PACKAGED = ["W3002"]
"""Local paths, which a deployment uploads."""
_NEEDLESS = ["I", "W3005", *_PACKAGED]
"""Hints, and dependencies that are said twice: tools make many of those."""


def lint_file(path: Path, region: str) -> Iterator[Finding]:
    """Findings in a template file; a `.cfnlintrc` in the current folder is followed."""
    for match in _matches(path, region, _PACKAGED):
        # What can't be parsed, Serein tells in the same words as a deployment.
        if match.rule.id == "E0000":
            continue
        names = [name for name in getattr(match, "path", None) or () if isinstance(name, str)]
        subject = names[1] if names[:1] == ["Resources"] and len(names) > 1 else ""
        place = Place(Path(match.filename), match.linenumber)
        yield Finding(match.rule.severity, Problem(match.message, subject, place=place), match.rule.id)


def lint_made(template: Template, origins: Origins, region: str) -> Iterator[Finding]:
    """Findings in a template that a tool made, at the places of what it was made from."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.json"
        path.write_text(json.dumps(template))
        for match in _matches(path, region, _NEEDLESS):
            names = [name for name in getattr(match, "path", None) or () if isinstance(name, str | int)]
            subject = str(names[1]) if names[:1] == ["Resources"] and len(names) > 1 else ""
            origin = origins.find((subject,), *names[2:]) if subject else None
            problem = Problem(match.message, subject, place=origin.place if origin else None)
            yield Finding(match.rule.severity, problem, match.rule.id)


def _matches(path: Path, region: str, ignored: list[str]) -> list[Any]:
    # Why here: cfn-lint takes a second and a half to import.
    from cfnlint.api import lint_file as lint
    from cfnlint.config import ManualArgs

    return list(lint(path, ManualArgs(regions=[region], ignore_checks=ignored)))
