"""The command `up`."""

import signal
import threading
from pathlib import Path
from types import FrameType
from typing import Any

import click
from botocore.exceptions import BotoCoreError, ClientError

from serein.cli.connection import CommandFailed, find_server_of
from serein.cli.deployments.options import (
    Asked,
    Opening,
    json_option,
    parameter_options,
    path_argument,
    place_options,
    strict_option,
)
from serein.cli.deployments.reports import Report
from serein.cli.deployments.results import deployed_document, deployed_lines
from serein.cli.deployments.running import reported
from serein.cli.environment import environment_lines
from serein.cli.finding import Inventory
from serein.cli.tail import Tail
from serein.cli.up.child import ChildServer
from serein.cli.up.session import Session
from serein.deploy import DeployFailed, Target
from serein.deploy.configuration import Configuration
from serein.kernel.clock import monotonic

_CLIENTS = ("cloudformation", "s3", "sts", "lambda", "logs", "apigatewayv2")


@click.command()
@path_argument
@place_options
@parameter_options
@strict_option
@json_option
@click.option("--port", type=click.IntRange(0, 65535), help="TCP port.  [default: 4566 when it is free, else any]")
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Data folder.  [default: PATH/.serein]")
@click.option("--database", metavar="URL", help="postgresql://… instead of the embedded database.")
def up(path: Path, as_json: bool, port: int | None, data: Path | None, database: str | None, **asked: Any) -> None:
    """Run the application in PATH: start a server, build, deploy, print endpoints, tail logs, redeploy on save.

    Ctrl-C stops it cleanly; everything is kept in .serein/ for the next `serein up`. A deployment that fails leaves
    the server running: what is saved next is tried again.
    """
    stop = _stopped_by_signals()
    if not path.exists():
        raise CommandFailed(f"{path} does not exist.")
    data = (data or (path if path.is_dir() else path.parent) / ".serein").resolve()
    _require_not_up(data)
    with reported("Starting Serein", as_json=as_json) as report:
        given = Asked(path, **asked)
        configuration = given.configuration()
        # The projects are looked for before anything is started.
        for opening in _openings(given, configuration, Target(None, ""), report, data):
            opening.open()
        server = ChildServer(data, port, {"database": database} if database else {})
        try:
            session = given.session(configuration)
            _warm(session)
            server.wait()
            target = Target(session, server.endpoint)
            openings = _openings(given, configuration, target, report, data)
            applications = [opening.open() for opening in openings]
            inventory = Inventory(session, server.endpoint)
            begin = float(server.state["now"])
            tail = Tail(target.client("logs"), begin, is_terse=True, find_places=inventory.places_of_group)
            running = Session(applications, server, tail, inventory, stop, report)
            told = [document for opening in openings if (document := _deploy(opening, target, report))]
            running.applications = [opening.application or opening.open() for opening in openings]
            _tell(server, target, report)
            report.result({"ok": len(told) == len(openings), "endpoint": target.endpoint, "stacks": told})
            report.note("Logs follow; saved files take effect at once. Ctrl-C stops.")
            running.follow()
            running.run()
        finally:
            server.stop()
        report.note(f"Stopped. Everything is kept in {data}.")


def _openings(asked: Asked, configuration: Configuration, target: Target, report: Report, data: Path) -> list[Opening]:
    return [Opening(asked, part, target, report, data, prefers_defaults=True) for part in configuration.parts]


def _warm(session: Any) -> None:
    """Read what clients are made from while the server starts: it takes as long."""
    for name in _CLIENTS:
        session.client(name, endpoint_url="http://127.0.0.1:1")


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


def _deploy(opening: Opening, target: Target, report: Report) -> dict[str, Any] | None:
    """Deploy and tell, or tell why not: the server runs on, and a save tries again."""
    note = "Nothing new is deployed; the server runs on. Save a corrected file to try again."
    began = monotonic()
    try:
        report(f"Deploying {opening.open().stack_name}")
        deployed = opening.deploy()
    except DeployFailed as error:
        report.fail(error, note)
        return None
    except (ClientError, BotoCoreError) as error:
        report.fail(DeployFailed(str(error)), note)
        return None
    seconds = monotonic() - began
    report.stack(deployed_lines(deployed, target, seconds))
    return deployed_document(deployed, target, seconds) if report.is_json else {"stack": deployed.name}


def _tell(server: ChildServer, target: Target, report: Report) -> None:
    report.stack(["", *environment_lines(target.endpoint), ""])
    if server.previous_port not in (0, server.port):
        report.note(
            f"The port has changed from {server.previous_port} to {server.port}. Addresses handed out before, such "
            "as queue URLs in functions, still name the old one: free that port, or delete and deploy the stack.",
            "red",
        )
