"""`apis`, and `api test`: which APIs there are, and one request through one of them, step by step."""

import base64
import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from serein.cli.apis.shown import ShownApi, show
from serein.cli.connection import CommandFailed, new_session, require_server

_PATIENCE_SECONDS = 60
_STEPS_HEADER = "x-serein-steps"
_LONGEST_VALUE = 2000


def _find_apis(address: str) -> list[ShownApi]:
    """The APIs of every kind."""
    # Why here: boto3 takes 300 ms to import, and `--help` does not need it.
    from serein.cli.apis import http as http_apis
    from serein.cli.apis import rest as rest_apis

    session = new_session()
    return [api for kind in (rest_apis, http_apis) for api in kind.find_apis(session, address)]


@click.command()
@click.argument("names", metavar="[API]...", nargs=-1)
def apis(names: tuple[str, ...]) -> None:
    """Show the APIs: their URLs, their routes, who may call them, and the function behind each.

    API is a name or an id; without any, all are shown.
    """
    found = _find_apis(require_server())
    if names:
        found = [_require_api(found, name) for name in names]
    if not found:
        click.echo("There are no APIs.")
    for number, api in enumerate(found):
        if number:
            click.echo()
        show(api)


@click.group()
def api() -> None:
    """Try APIs out."""


@api.command("test")
@click.argument("method")
@click.argument("path")
@click.option("--api", "name", metavar="API", help="The API's name or id, when there are several.")
@click.option("--stage", metavar="STAGE", help="The stage, when the API has no $default one or another is meant.")
@click.option("--header", "-H", "headers", metavar="NAME:VALUE", multiple=True, help="A header; may be repeated.")
@click.option("--body", "-d", default="", metavar="TEXT|@FILE", help="The request's body, or the file that has it.")
@click.option("--json", "is_json", is_flag=True, help="Print what happened as JSON.")
def test(
    method: str, path: str, name: str | None, stage: str | None, headers: tuple[str, ...], body: str, is_json: bool
) -> None:
    """Send one request through an API and show every step of its way.

    PATH begins with a slash and may have a query: '/orders/1?full=yes'. Shown are the route that was found, what the
    authorizer said, what the integration got and gave, and the reply. Exit code 1: the reply is an error (5xx).
    """
    address = require_server()
    if not path.startswith("/"):
        raise click.BadParameter("a path begins with a slash", param_hint="PATH")
    content = _content(body)
    found = _choose(_find_apis(address), name)
    told = _send(address, found, stage or _stage_of(found), method.upper(), path, _parse_headers(headers), content)
    if is_json:
        click.echo(json.dumps(told, indent=2))
    else:
        _show(told)
    if told["status"] >= 500:
        raise SystemExit(1)


def _require_api(found: list[ShownApi], name: str) -> ShownApi:
    """The API that is meant. Raises CommandFailed."""
    meant = [each for each in found if name in (each.api_id, each.name)]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise CommandFailed(f"Several APIs are called {name}: {', '.join(each.api_id for each in meant)}. Give the id.")
    names = ", ".join(sorted(f"{each.name} ({each.api_id})" for each in found)) or "none"
    raise CommandFailed(f"There is no API {name}. APIs: {names}.")


def _choose(found: list[ShownApi], name: str | None) -> ShownApi:
    if name is not None:
        return _require_api(found, name)
    callable_apis = [each for each in found if each.kind != "WebSocket"]
    if len(callable_apis) == 1:
        return callable_apis[0]
    if not callable_apis:
        raise CommandFailed("There are no APIs that take requests.")
    names = ", ".join(f"{each.name} ({each.api_id})" for each in callable_apis)
    raise CommandFailed(f"There are several APIs: {names}. Say which with --api.")


def _stage_of(found: ShownApi) -> str:
    if "$default" in found.stages:
        return "$default"
    if len(found.stages) == 1:
        return found.stages[0]
    stages = ", ".join(found.stages) or "none"
    raise CommandFailed(f"Say which stage of {found.name} with --stage. Stages: {stages}.")


def _parse_headers(given: tuple[str, ...]) -> dict[str, str]:
    headers = {}
    for text in given:
        name, colon, value = text.partition(":")
        if not colon or not name.strip():
            raise click.BadParameter(f"a header is NAME:VALUE, not {text!r}", param_hint="--header")
        headers[name.strip()] = value.strip()
    return headers


def _content(body: str) -> bytes:
    if not body.startswith("@"):
        return body.encode()
    try:
        return Path(body[1:]).read_bytes()
    except OSError as error:
        raise CommandFailed(f"{body[1:]} can't be read: {error.strerror}") from error


def _send(
    address: str, found: ShownApi, stage: str, method: str, path: str, headers: dict[str, str], content: bytes
) -> dict[str, Any]:
    """What the server tells of the request. Raises CommandFailed."""
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=_PATIENCE_SECONDS)
    sent = {**headers, _STEPS_HEADER: "1"}
    try:
        connection.request(method, f"/_serein/api/{found.api_id}/{stage}{path}", content or None, sent)
        answer = connection.getresponse()
        text = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise CommandFailed(f"The request failed: {error}") from error
    finally:
        connection.close()
    try:
        told = json.loads(text)
    except ValueError:
        told = None
    if not isinstance(told, dict) or "steps" not in told:
        # The request ended before anything could be told: an unknown stage, a preflight.
        return {"steps": [], "status": answer.status, "headers": answer.getheaders(), "body": _encoded(text), "ms": 0}
    return told


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _show(told: dict[str, Any]) -> None:
    for step in told["steps"]:
        details = {
            name: value for name, value in step.items() if name not in ("name", "ms") and value not in ("", None)
        }
        click.echo(f"{step['ms']:>8} ms  {click.style(step['name'], bold=True)}")
        for name, value in details.items():
            click.echo(f"{'':13}{name}: {_text(value)}")
    status = f"{told['status']} {http.client.responses.get(told['status'], '')}".strip()
    click.echo(f"{told['ms']:>8} ms  {click.style(status, bold=True)}")
    for name, value in told["headers"]:
        click.echo(f"{'':13}{name}: {value}")
    body = base64.b64decode(told["body"]).decode("utf-8", "replace")
    if body:
        click.echo()
        click.echo(body)


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}… ({len(text)} characters)"
