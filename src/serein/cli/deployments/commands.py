"""`deploy`, `diff` and `delete`: applications on a running server."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from serein.cli.connection import CommandFailed, require_server
from serein.cli.deployments.options import (
    Asked,
    Opening,
    json_option,
    parameter_options,
    path_argument,
    place_options,
    strict_option,
)
from serein.kernel.clock import monotonic

if TYPE_CHECKING:
    from serein.cli.deployments.reports import Report
    from serein.deploy import Target


@click.command()
@path_argument
@place_options
@parameter_options
@strict_option
@json_option
def deploy(path: Path, as_json: bool, **asked: Any) -> None:
    """Build and deploy the application in PATH: a folder, or one of its files.

    PATH may hold a SAM or CloudFormation template, a serverless.yml, a CDK app, or a serein.toml that names several
    applications. What was deployed before and did not change is not built or uploaded again. The folder is not changed;
    the build cache goes to .serein/ in it.
    """
    # Why here: the build tools and boto3 are slow to import, and `--help` needs neither.
    from serein.cli.deployments.results import deployed_document, deployed_lines
    from serein.cli.deployments.running import reported

    with reported("Deploying", as_json=as_json) as report:
        openings, target = _openings(Asked(path, **asked), require_server(), report)
        told = []
        for opening in openings:
            began = monotonic()
            deployed = opening.deploy()
            seconds = monotonic() - began
            told.append(deployed_document(deployed, target, seconds))
            report.stack(deployed_lines(deployed, target, seconds))
        report.result({"stacks": told})


@click.command()
@path_argument
@place_options
@parameter_options
@json_option
@click.option("--exit-code", "tells_by_exit", is_flag=True, help="Exit code 1 when something would change.")
def diff(path: Path, as_json: bool, tells_by_exit: bool, **asked: Any) -> None:
    """Show what a deployment of PATH would change, and change nothing.

    Resources that would be added (+), changed (~), replaced (±) or removed (-), with their properties before and after.
    It is worked out by a change set, which is deleted again.
    """
    # Why here: as in deploy.
    from serein.cli.deployments.results import plan_document, plan_lines
    from serein.cli.deployments.running import reported

    with reported("Comparing", as_json=as_json) as report:
        openings, _ = _openings(Asked(path, **asked), require_server(), report)
        plans = []
        for opening in openings:
            plans += opening.plan()
        for plan in plans:
            report.stack(plan_lines(plan))
        report.result({"stacks": [plan_document(plan) for plan in plans]})
    if tells_by_exit and not all(plan.is_empty for plan in plans):
        raise click.exceptions.Exit(1)


@click.command()
@path_argument
@place_options
@json_option
def delete(path: Path, as_json: bool, **asked: Any) -> None:
    """Delete a deployed application with everything that it stored.

    With --stack the stack of that name is deleted, whatever PATH holds.
    """
    # Why here: as in deploy.
    from serein.cli.deployments.running import reported
    from serein.deploy import Target, delete_stack
    from serein.deploy.configuration import read_configuration

    with reported("Deleting", as_json=as_json) as report:
        given = Asked(path, **asked)
        gone: list[str] = []
        if given.stack:
            session = given.session(read_configuration(path))
            if delete_stack(given.stack, Target(session, require_server()), report, report.resource):
                gone.append(given.stack)
        else:
            openings, _ = _openings(given, require_server(), report)
            for opening in reversed(openings):
                gone += opening.open().delete()
        if not gone:
            raise CommandFailed(f"There is no stack {given.stack}." if given.stack else "There is no stack of it.")
        report.stack([f"{name}: deleted." for name in gone])
        report.result({"deleted": gone})


def _openings(asked: Asked, address: str, report: "Report") -> "tuple[list[Opening], Target]":
    """The applications that are meant, and the server that they go to."""
    # Why here: as in deploy.
    from serein.deploy import Target

    configuration = asked.configuration()
    target = Target(asked.session(configuration), address)
    return [Opening(asked, part, target, report) for part in configuration.parts], target
