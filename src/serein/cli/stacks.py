"""`deploy` and `delete`: applications on a running server."""

from pathlib import Path

import click

from serein.cli.connection import CommandFailed, new_session, require_server
from serein.cli.terminal import Progress


def parse_parameters(given: tuple[str, ...]) -> dict[str, str]:
    """`K=V` options as a dictionary. Raises BadParameter."""
    parameters = {}
    for item in given:
        name, separator, value = item.partition("=")
        if not separator or not name:
            raise click.BadParameter(f"{item!r} is not of the form NAME=VALUE", param_hint="--param")
        parameters[name] = value
    return parameters


@click.command()
@click.argument("path", type=click.Path(path_type=Path), default=".")
@click.option(
    "--stack", "stack_name", metavar="NAME", help="The stack's name.  [default: samconfig.toml's, or the folder's]"
)
@click.option("--param", "given", metavar="NAME=VALUE", multiple=True, help="A parameter of the template; repeatable.")
@click.option("--stage", help="The stage of a serverless.yml.  [default: its own, or dev]")
def deploy(path: Path, stack_name: str | None, given: tuple[str, ...], stage: str | None) -> None:
    """Build and deploy the application in PATH (a folder with a template or a serverless.yml, or such a file).

    What was deployed before and did not change is not built or uploaded again. The folder is not changed; the build
    cache goes to .serein/ in it.
    """
    parameters = parse_parameters(given)
    address = require_server()
    # Why here: the build tools and boto3 are slow to import, and `--help` needs neither.
    from serein.cli.summary import summary_lines
    from serein.deploy import Application, DeployFailed, Target

    target = Target(new_session(), address)
    try:
        with Progress("Deploying") as say:
            deployed = Application(path, target, stack_name or "", parameters, say, stage=stage or "").deploy()
    except DeployFailed as error:
        raise CommandFailed(str(error)) from error
    click.echo(f"{deployed.name}: {'deployed' if deployed.is_changed else 'nothing has changed'}.")
    for line in summary_lines(deployed, target):
        click.echo(line)


@click.command()
@click.argument("path", type=click.Path(path_type=Path), default=".")
@click.option(
    "--stack", "stack_name", metavar="NAME", help="The stack's name.  [default: as `serein deploy PATH` has it]"
)
@click.option("--stage", help="The stage of a serverless.yml.  [default: its own, or dev]")
def delete(path: Path, stack_name: str | None, stage: str | None) -> None:
    """Delete a deployed application with everything that it stored."""
    address = require_server()
    # Why here: as in deploy.
    from serein.deploy import DeployFailed, Target, delete_stack, stack_name_of

    try:
        name = stack_name or stack_name_of(path, stage or "")
        with Progress(f"Deleting {name}"):
            was_there = delete_stack(name, Target(new_session(), address))
    except DeployFailed as error:
        raise CommandFailed(str(error)) from error
    if not was_there:
        raise CommandFailed(f"There is no stack {name}.")
    click.echo(f"{name}: deleted.")
