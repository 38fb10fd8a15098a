"""The command `up`."""

import signal
import threading
from pathlib import Path
from types import FrameType

import click
from botocore.exceptions import BotoCoreError, ClientError

from serein.cli.connection import CommandFailed, find_server_of, new_session
from serein.cli.environment import environment_lines
from serein.cli.finding import Inventory
from serein.cli.stacks import parse_parameters
from serein.cli.summary import summary_lines
from serein.cli.tail import Tail
from serein.cli.terminal import Progress, shown_failure
from serein.cli.up.child import ChildServer
from serein.cli.up.session import Session
from serein.deploy import Application, Deployed, DeployFailed, Target


@click.command()
@click.argument("path", type=click.Path(path_type=Path), default=".")
@click.option(
    "--stack", "stack_name", metavar="NAME", help="The stack's name.  [default: samconfig.toml's, or the folder's]"
)
@click.option("--param", "given", metavar="NAME=VALUE", multiple=True, help="A parameter of the template; repeatable.")
@click.option("--stage", help="The stage of a serverless.yml.  [default: its own, or dev]")
@click.option("--port", type=click.IntRange(0, 65535), help="TCP port.  [default: 4566 when it is free, else any]")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Data folder.  [default: PATH/.serein]")
@click.option("--database", metavar="URL", help="postgresql://… instead of the embedded database.")
def up(
    path: Path,
    stack_name: str | None,
    given: tuple[str, ...],
    stage: str | None,
    port: int | None,
    data: Path | None,
    database: str | None,
) -> None:
    """Run the application in PATH: start a server, build, deploy, print endpoints, tail logs, redeploy on save.

    Ctrl-C stops it cleanly; everything is kept in .serein/ for the next `serein up`.
    """
    parameters = parse_parameters(given)
    stop = _stopped_by_signals()
    session = new_session()
    if not path.exists():
        raise CommandFailed(f"{path} does not exist.")
    data = (data or (path if path.is_dir() else path.parent) / ".serein").resolve()
    _require_not_up(data)
    with Progress("Starting Serein") as say:
        # The template is looked for before anything is started.
        _application(path, Target(session, ""), stack_name, parameters, say, data, stage)
        server = ChildServer(data, port, {"database": database} if database else {})
        try:
            target = Target(session, server.endpoint)
            application = _application(path, target, stack_name, parameters, say, data, stage)
            inventory = Inventory(session, server.endpoint)
            begin = float(server.state["now"])
            tail = Tail(target.client("logs"), begin, is_terse=True, find_places=inventory.places_of_group)
            running = Session(application, server, tail, inventory, stop)
            deployed = _deploy(application, say)
        except BaseException:
            server.stop()
            raise
    try:
        _tell(application, deployed, target)
        if server.previous_port not in (0, server.port):
            shown_failure(
                f"The port has changed from {server.previous_port} to {server.port}. Addresses handed out before, such "
                "as queue URLs in functions, still name the old one: free that port, or delete and deploy the stack."
            )
        running.follow(deployed)
        running.run()
    finally:
        server.stop()
    click.echo(f"Stopped. Everything is kept in {data}.", err=True)


def _application(
    path: Path,
    target: Target,
    stack_name: str | None,
    parameters: dict[str, str],
    say: Progress,
    data: Path,
    stage: str | None,
) -> Application:
    try:
        return Application(
            path, target, stack_name or "", parameters, say, data, prefers_defaults=True, stage=stage or ""
        )
    except DeployFailed as error:
        raise CommandFailed(str(error)) from error


def _stopped_by_signals() -> threading.Event:
    stop = threading.Event()

    def set_it(_number: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, set_it)
    return stop


def _require_not_up(data: Path) -> None:
    state = find_server_of(data)
    if state is not None:
        raise CommandFailed(
            f"This application is up already, at {state['endpoint']} (process {state['pid']}). Use that one, or stop "
            "it first (Ctrl-C there)."
        )


def _deploy(application: Application, say: Progress) -> Deployed | None:
    """Deploy, or tell why not: the server runs on, and a save tries again."""
    say(f"Deploying {application.stack_name}")
    try:
        return application.deploy()
    except DeployFailed as error:
        shown_failure(f"{error}\nNothing new is deployed. Save a corrected file to try again.")
    except (ClientError, BotoCoreError) as error:
        shown_failure(f"{error}\nNothing new is deployed. Save a file to try again.")
    return None


def _tell(application: Application, deployed: Deployed | None, target: Target) -> None:
    if deployed is not None:
        click.secho(f"{application.stack_name} is up.", bold=True)
        for line in summary_lines(deployed, target):
            click.echo(line)
    click.echo("")
    for line in environment_lines(target.endpoint):
        click.echo(line)
    click.echo("")
    click.echo("Logs follow; saved files take effect at once. Ctrl-C stops.", err=True)
