"""`serve`, `start`, `stop` and `status`: the server itself."""

import asyncio
import errno
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from serein.cli.connection import SERVER_FILE, CommandFailed, NoServer, endpoint, find_server_of, find_state
from serein.cli.deployments.reports import open_report
from serein.kernel.clock import monotonic
from serein.settings import InvalidSetting, Settings, from_environment

if TYPE_CHECKING:
    from serein.app import Server

F = TypeVar("F", bound=Callable[..., Any])
_START_SECONDS = 30.0
_STOP_SECONDS = 30.0
_GLANCE_SECONDS = 0.02


def _server_options(function: F) -> F:
    """The settings of a server as options; each is also `SEREIN_<NAME>` in the environment."""
    options = [
        click.option("--port", type=click.IntRange(0, 65535), help="TCP port; 0 picks a free one.  [default: 4566]"),
        click.option("--host", help="Address to listen on.  [default: 127.0.0.1]"),
        click.option(
            "--data", type=click.Path(file_okay=False, path_type=Path), help="Data folder.  [default: .serein]"
        ),
        click.option(
            "--clock", type=click.Choice(["system", "virtual"]), help="Virtual: time stands still until advanced."
        ),
        click.option("--database", metavar="URL", help="postgresql://… instead of the embedded database."),
        click.option(
            "--auth", type=click.Choice(["on", "off"]), help="On: known access keys and right signatures only."
        ),
        click.option(
            "--throttling", type=click.Choice(["on", "off"]), help="On: tables keep to provisioned throughput."
        ),
        click.option(
            "--lifecycle",
            type=click.Choice(["instant", "realistic"]),
            help="Realistic: tables take as long to come, change and go as on AWS.",
        ),
        click.option("--allowed-host", "allowed_hosts", multiple=True, help="A further host name to answer to."),
        click.option("--allowed-origin", "allowed_origins", multiple=True, help="A further browser origin to allow."),
        click.option(
            "--memory-mb", type=click.IntRange(64), help="For all functions.  [default: half of the machine's]"
        ),
        click.option(
            "--sandbox",
            type=click.Choice(["auto", "off", "required"]),
            help="Whether functions get a sandbox.  [default: auto: where the machine can]",
        ),
        click.option(
            "--cpu",
            type=click.Choice(["shared", "limited"]),
            help="Limited: no function has more of a processor than on AWS.  [default: shared]",
        ),
        click.option(
            "--strict-runtimes",
            type=click.Choice(["on", "off"]),
            is_flag=False,
            flag_value="on",
            help="Functions run on the very version that their runtime names, or not at all.",
        ),
        click.option(
            "--container-engine",
            help="The command that runs container images: docker, podman, nerdctl, auto or off.  [default: auto]",
        ),
        click.option(
            "--log-level", type=click.Choice(["debug", "info", "warning", "error"]), help="[default: warning]"
        ),
    ]
    for option in reversed(options):
        function = option(function)
    return function


def _settings(given: dict[str, Any]) -> Settings:
    try:
        return from_environment(**{name: value for name, value in given.items() if value not in (None, ())})
    except InvalidSetting as error:
        raise click.UsageError(str(error)) from error


@click.command()
@_server_options
@click.option("--exit-with-stdin", is_flag=True, hidden=True, help="End when standard input closes.")
def serve(exit_with_stdin: bool, **given: Any) -> None:
    """Run a server in the foreground until Ctrl-C.

    It is healthy when GET /_serein/health answers 200. Every option is also an environment variable SEREIN_<NAME>.
    """
    settings = _settings(given)
    # Why here: the server takes longer to import than the other commands take to run.
    from serein.app import DataFolderInUse
    from serein.app import serve as run

    note = settings.data / SERVER_FILE

    def on_ready(server: "Server") -> None:
        note.write_text(json.dumps({"endpoint": server.endpoint, "pid": os.getpid()}))
        click.echo(f"Serein listens on {server.endpoint} (data in {settings.data.resolve()}). Stop it with Ctrl-C.")
        if exit_with_stdin:
            _end_with_stdin()

    try:
        run(settings, on_ready)
    except DataFolderInUse as error:
        raise CommandFailed(str(error)) from error
    except OSError as error:
        raise _unable_to_listen(settings, error) from error
    finally:
        _forget(note)


def _end_with_stdin() -> None:
    loop = asyncio.get_running_loop()

    def read() -> None:
        if not os.read(0, 1024):
            loop.remove_reader(0)
            os.kill(os.getpid(), signal.SIGTERM)

    loop.add_reader(0, read)


def _forget(note: Path) -> None:
    """Remove the note about this process, not one that another server wrote."""
    try:
        if json.loads(note.read_text())["pid"] == os.getpid():
            note.unlink()
    except (OSError, ValueError, KeyError):
        return


def _unable_to_listen(settings: Settings, error: OSError) -> Exception:
    if error.errno == errno.EADDRINUSE:
        return CommandFailed(
            f"Port {settings.port} is in use. See what runs there with `serein status`, or choose another with --port."
        )
    if error.errno in (errno.EADDRNOTAVAIL, errno.EACCES):
        return CommandFailed(f"Can't listen on {settings.host}:{settings.port}: {error.strerror}.")
    return error


@click.command()
@_server_options
def start(**given: Any) -> None:
    """Start a server in the background and wait until it answers.

    Its log is server.log in the data folder. Every option is also an environment variable SEREIN_<NAME>.
    """
    settings = _settings(given)
    running = find_server_of(settings.data)
    if running is not None:
        click.echo(f"Serein runs already at {running['endpoint']} (process {running['pid']}).")
        return
    settings.data.mkdir(parents=True, exist_ok=True)
    log = settings.data / "server.log"
    with log.open("wb") as output, open_report("Starting Serein"):
        process = subprocess.Popen(
            [sys.executable, "-m", "serein", "serve", *_arguments(given)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        state = wait_until_ready(settings.data, process, log)
    click.echo(f"Serein runs at {state['endpoint']} (process {state['pid']}, data in {state['data']}).")
    click.echo('Point SDKs and tools at it with: eval "$(serein env)"')


def _arguments(given: dict[str, Any]) -> list[str]:
    arguments = []
    for name, value in given.items():
        option = "--" + {"allowed_hosts": "allowed-host", "allowed_origins": "allowed-origin"}.get(name, name).replace(
            "_", "-"
        )
        values = value if isinstance(value, tuple) else () if value is None else (value,)
        for item in values:
            arguments += [option, str(item)]
    return arguments


def wait_until_ready(data: Path, process: "subprocess.Popen[bytes]", log: Path) -> dict[str, Any]:
    """The state of a server that was just started. Raises CommandFailed with the end of its log."""
    deadline = monotonic() + _START_SECONDS
    glance = threading.Event()
    while process.poll() is None and monotonic() < deadline:
        state = find_server_of(data)
        if state is not None and state["pid"] == process.pid:
            return state
        glance.wait(_GLANCE_SECONDS)
    said = log.read_text(errors="replace").strip()[-2000:].removeprefix("Error: ")
    if process.poll() is None:
        process.terminate()
        raise CommandFailed(f"Serein did not answer within {_START_SECONDS:.0f} s.\n{said}")
    raise CommandFailed(f"Serein did not start. {said}")


@click.command()
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="Stop the server of this data folder.")
def stop(data: Path | None) -> None:
    """Stop the server; everything is kept for its next start."""
    state = find_server_of(data) if data is not None else find_state(endpoint())
    if state is None:
        click.echo(f"No server runs {f'on {data}' if data is not None else f'at {endpoint()}'}.")
        return
    try:
        os.kill(state["pid"], signal.SIGTERM)
    except ProcessLookupError:
        raise CommandFailed(f"The server at {state['endpoint']} is not a process of this machine.") from None
    except PermissionError:
        raise CommandFailed(f"Process {state['pid']} belongs to another user.") from None
    deadline = monotonic() + _STOP_SECONDS
    glance = threading.Event()
    with open_report(f"Stopping the server (process {state['pid']})"):
        while find_state(state["endpoint"]) is not None or _is_alive(state["pid"]):
            if monotonic() > deadline:
                raise CommandFailed(f"Process {state['pid']} did not end within {_STOP_SECONDS:.0f} s.")
            glance.wait(_GLANCE_SECONDS)
    click.echo(f"Stopped. Everything is kept in {state['data']}.")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        # A process that has ended stays in the table until its parent looks.
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return Path("/proc").is_dir() is False


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print everything the server says of itself.")
def status(as_json: bool) -> None:
    """Say whether a server runs, where, and what it is doing. Exit code 3: none runs."""
    state = find_state(endpoint())
    if state is None:
        raise NoServer(endpoint())
    if as_json:
        click.echo(json.dumps(state, indent=2))
        return
    click.echo(f"Serein {state['version']} runs at {state['endpoint']} (process {state['pid']}).")
    click.echo(f"Data      {state['data']}")
    click.echo(f"Database  {state['database']}")
    click.echo(f"Clock     {state['clock']}")
    click.echo(f"Auth      {state['auth']}")
    click.echo(f"Functions {state['functions']['isolation']}")
    for notice in state["functions"]["notices"]:
        click.echo(f"          {notice}")
    click.echo(f"Busy      {', '.join(state['busy']) or 'no'}")
