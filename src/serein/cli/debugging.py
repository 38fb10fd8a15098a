"""`invoke --debug`: an invocation that waits for a debugger, and how to attach one."""

import http.client
import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import click
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from serein.cli.connection import CommandFailed
from serein.cli.finding import Function
from serein.cli.traces import Places, readable

_PATH = "/_aws/lambda/debug"
_USUAL_PORTS = {"python": 5678, "nodejs": 9229}
_PATIENCE_SECONDS = 60.0
"""For a sign of life: the server gives one every second."""


def debug(
    session: Any, address: str, function: Function, event: bytes, places: Places, *, port: int, stops: bool
) -> dict[str, Any]:
    """Invoke a function that waits for a debugger, tell how to attach one, and return the outcome.

    The outcome has `payload` and `function_error`. Raises CommandFailed.
    """
    chosen = port or _free_port(function.runtime)
    if port and not _is_free(port):
        raise CommandFailed(f"Port {port} is in use. Choose another with --port, or none.")
    wish = {
        "FunctionArn": function.arn,
        "Port": chosen,
        "Payload": event.decode(),
        "StopAtHandler": stops,
    }
    once = " (the first time debugpy is installed, which takes a while)" if function.runtime.startswith("py") else ""
    click.echo(f"Starting {function.name} for a debugger{once} …", err=True)
    try:
        for told in _events(session, address, json.dumps(wish).encode()):
            if "listening" in told:
                _tell(function, chosen, told["listening"], places)
            elif "line" in told:
                click.secho(readable(told["line"], places), dim=True, err=True)
            elif "error" in told:
                raise CommandFailed(told["error"]["message"])
            else:
                outcome: dict[str, Any] = told["outcome"]
                return outcome
    except KeyboardInterrupt:
        raise CommandFailed(f"Stopped: {function.name} has been ended, and its debugger with it.") from None
    except (OSError, http.client.HTTPException) as error:
        raise CommandFailed(f"The connection to the server at {address} has broken: {error}") from error
    raise CommandFailed(f"The server at {address} has ended in the middle of it.")


def _events(session: Any, address: str, body: bytes) -> Iterator[dict[str, Any]]:
    """What the server tells, as it happens. Raises CommandFailed when it refuses."""
    request = AWSRequest("POST", f"{address}{_PATH}", {"Content-Type": "application/json"}, body)
    SigV4Auth(session.get_credentials().get_frozen_credentials(), "lambda", session.region_name).add_auth(request)
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("POST", _PATH, body, dict(request.headers.items()))
        answer = connection.getresponse()
        if answer.status != 200:
            raise CommandFailed(_message(answer.read()))
        while line := answer.readline():
            if line.strip():
                yield json.loads(line)
    finally:
        connection.close()


def _message(content: bytes) -> str:
    try:
        return str(json.loads(content)["message"])
    except (ValueError, KeyError, TypeError):
        return content.decode(errors="replace")


def _tell(function: Function, port: int, listening: dict[str, str], places: Places) -> None:
    local = str(places.code) if places.code is not None else "${workspaceFolder}"
    is_python = function.runtime.startswith("python")
    launch: dict[str, Any] = {"name": f"Serein: {function.name}", "request": "attach"}
    if is_python:
        mappings = [(local, listening["task"]), *((str(layer), "/opt/python") for layer in places.layers)]
        launch |= {
            "type": "debugpy",
            "connect": {"host": "127.0.0.1", "port": port},
            "pathMappings": [{"localRoot": here, "remoteRoot": there} for here, there in mappings],
        }
    else:
        launch |= {
            "type": "node",
            "address": "127.0.0.1",
            "port": port,
            "localRoot": local,
            "remoteRoot": listening["task"],
            "skipFiles": ["<node_internals>/**", "/var/runtime/**"],
        }
    lines = [f"{function.name} waits for a debugger at 127.0.0.1:{port}, without time limits. Ctrl-C ends it.", ""]
    lines += ["VS Code: add this to the configurations of .vscode/launch.json, set breakpoints, and start it (F5)."]
    lines += [json.dumps(launch, indent=2)]
    if not is_python:
        inspector = "devtools://devtools/bundled/js_app.html?experiments=true&v8only=true&ws="
        lines += [
            "",
            f"Terminal: node inspect 127.0.0.1:{port}",
            f"Chrome: chrome://inspect, or {inspector}{listening['address'].removeprefix('ws://')}",
            "These two know no breakpoints before they attach: --debug-break stops before the handler.",
        ]
    click.echo("\n".join([*lines, ""]), err=True)


def _free_port(runtime: str) -> int:
    usual = next((port for name, port in _USUAL_PORTS.items() if runtime.startswith(name)), 0)
    if usual and _is_free(usual):
        return usual
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
