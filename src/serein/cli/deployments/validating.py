"""`validate`: what is wrong with an application, without a server."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from serein.cli.connection import region as default_region
from serein.cli.deployments.options import Asked, json_option, parameter_options, path_argument

if TYPE_CHECKING:
    from serein.deploy.validation.findings import Finding

_COLOURS = {"error": "red", "warning": "yellow", "info": "blue"}


@click.command()
@path_argument
@click.option("--stage", metavar="NAME", help="The stage of a serverless.yml, or an environment of samconfig.toml.")
@click.option("--region", metavar="NAME", help="The region.  [default: serein.toml's, AWS_REGION, or us-east-1]")
@parameter_options
@click.option("--strict", "is_strict", is_flag=True, help="Warnings count as errors.")
@json_option
def validate(path: Path, as_json: bool, is_strict: bool, **asked: Any) -> None:
    """Say what is wrong with the application in PATH, by file and line. No server is needed.

    cfn-lint's rules, and what Serein knows: files, handlers and parameters that are missing, events and plugins that
    are not supported, types that would only be recorded, properties that would have no effect. A CDK app is taken as it
    was synthesised last. Exit code 1: there are errors.
    """
    # Why here: `--help` needs none of it.
    from serein.cli.deployments.running import reported
    from serein.deploy.validation.findings import Finding
    from serein.deploy.validation.projects import Wanted
    from serein.deploy.validation.projects import validate as find

    with reported("Validating", as_json=as_json) as report:
        given = Asked(path, **asked)
        configuration = given.configuration()
        found: list[Finding] = []
        for part in configuration.parts:
            region = given.region or configuration.region or default_region()
            found += find(part.path, Wanted(region, given.stage or part.stage, given.parameters(part)))
        counts = {level: sum(each.level == level for each in found) for level in _COLOURS}
        report.stack([*(line for each in found for line in _lines(each)), _summary(counts)])
        report.result({"counts": counts, "findings": [_document(each) for each in found]})
    if counts["error"] or (is_strict and counts["warning"]):
        raise click.exceptions.Exit(1)


def _lines(finding: "Finding") -> list[str]:
    # Why here: as above.
    from serein.cli.deployments.failures import shown

    problem = finding.problem
    place = f"{shown(problem.place)}  " if problem.place is not None else ""
    level = click.style(f"{finding.level:<7}", fg=_COLOURS[finding.level])
    rule = f" [{finding.rule}]" if finding.rule else ""
    about = f"{problem.subject}: " if problem.subject else ""
    hint = f" {problem.hint}" if problem.hint else ""
    first, *others = f"{about}{problem.message}{hint}{rule}".splitlines()
    return [f"{level}  {place}{first}", *(f"           {line}" for line in others)]


def _summary(counts: dict[str, int]) -> str:
    told = [
        f"{count} {level}{'s' if count > 1 and level != 'info' else ''}" for level, count in counts.items() if count
    ]
    return ", ".join(told) + "." if told else "Nothing is wrong with it."


def _document(finding: "Finding") -> dict[str, Any]:
    # Why here: as above.
    from serein.cli.deployments.failures import problem_document

    rule = {"rule": finding.rule} if finding.rule else {}
    return {"level": finding.level, **rule, **problem_document(finding.problem)}
