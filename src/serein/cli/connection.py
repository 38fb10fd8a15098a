"""Finding the server and talking to it: where it is, whether it answers, and boto3 sessions for it."""

import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from serein.settings import inherited

DEFAULT_ENDPOINT = "http://127.0.0.1:4566"
DEFAULT_REGION = "us-east-1"
_PATIENCE_SECONDS = 20.0
SERVER_FILE = "server.json"


class CommandFailed(click.ClickException):
    """The command did not do what it was asked to; the message says why and what to do."""

    exit_code = 1


class NoServer(click.ClickException):
    """No server answers."""

    exit_code = 3

    def __init__(self, endpoint: str) -> None:
        super().__init__(
            f"No Serein server answers at {endpoint}. Start one with `serein start`, run your application with "
            "`serein up`, or set AWS_ENDPOINT_URL to where a server is."
        )


def endpoint() -> str:
    """Where commands look for the server."""
    return (inherited().get("AWS_ENDPOINT_URL") or DEFAULT_ENDPOINT).rstrip("/")


def region() -> str:
    """The region that commands act in."""
    environment = inherited()
    return environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or DEFAULT_REGION


def find_state(address: str) -> dict[str, Any] | None:
    """What the server at an address says of itself, or None when none answers. Raises CommandFailed for a stranger."""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CommandFailed(f"AWS_ENDPOINT_URL must be a URL like {DEFAULT_ENDPOINT}, not {address!r}.")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("GET", "/_serein/state")
        answer = connection.getresponse()
        content = answer.read()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    try:
        state = json.loads(content) if answer.status == 200 else None
    except ValueError:
        state = None
    if not isinstance(state, dict) or "version" not in state:
        raise CommandFailed(f"What answers at {address} is no Serein server. Set AWS_ENDPOINT_URL to one.")
    return state


def require_server() -> str:
    """The endpoint of the running server. Raises NoServer."""
    address = endpoint()
    if find_state(address) is None:
        raise NoServer(address)
    return address


def find_server_of(data: Path) -> dict[str, Any] | None:
    """What the server that uses a data folder says of itself, or None when none runs."""
    try:
        address = json.loads((data / SERVER_FILE).read_text())["endpoint"]
    except (OSError, ValueError, KeyError):
        return None
    try:
        state = find_state(address)
    except CommandFailed:
        return None
    return state if state is not None and Path(state["data"]) == data.resolve() else None


def new_session(region_name: str = "", profile: str = "") -> Any:
    """A boto3 session with a profile's keys, the environment's, or dummy ones: a local server takes any.

    Raises CommandFailed for a profile that there isn't.
    """
    # Why here: boto3 takes 300 ms to import, and half of the commands don't need it.
    import boto3
    from botocore.exceptions import ProfileNotFound

    if profile:
        try:
            session = boto3.session.Session(profile_name=profile, region_name=region_name or None)
        except ProfileNotFound as error:
            raise CommandFailed(str(error)) from error
        return session if session.region_name else boto3.session.Session(profile_name=profile, region_name=region())
    environment = inherited()
    return boto3.session.Session(
        aws_access_key_id=environment.get("AWS_ACCESS_KEY_ID") or "test",
        aws_secret_access_key=environment.get("AWS_SECRET_ACCESS_KEY") or "test",
        aws_session_token=environment.get("AWS_SESSION_TOKEN") or None,
        region_name=region_name or region(),
    )
