"""APIs as the command line shows them, whatever kind they are."""

from dataclasses import dataclass, field

import click


@dataclass(frozen=True, slots=True)
class ShownRoute:
    """A route or a method."""

    method: str
    path: str
    authorizer: str
    """Empty for an open one."""
    backend: str
    """`function orders`, `http://…`, `SQS-SendMessage`, `no integration`."""


@dataclass(slots=True)
class ShownApi:
    """An API."""

    api_id: str
    name: str
    kind: str
    """`HTTP`, `WebSocket` or `REST`."""
    urls: list[str] = field(default_factory=list)
    """Of each stage, and of domain names."""
    stages: list[str] = field(default_factory=list)
    routes: list[ShownRoute] = field(default_factory=list)


def function_of(uri: str) -> str:
    """What an integration's URI invokes, by its name; the URI itself when that is no function."""
    if ":function:" not in uri:
        return uri
    return "function " + uri.partition(":function:")[2].removesuffix("/invocations")


def show(api: ShownApi) -> None:
    """Print an API with its routes in columns."""
    click.echo(f"{click.style(api.name, bold=True)}  {api.kind} API {api.api_id}")
    for url in api.urls:
        click.echo(f"  {url}")
    routes = sorted(api.routes, key=lambda route: (route.path, route.method))
    widths = [max((len(getattr(route, name)) for route in routes), default=0) for name in ("method", "path")]
    authorizer_width = max((len(route.authorizer) for route in routes), default=0)
    for route in routes:
        columns = [route.method.ljust(widths[0]), route.path.ljust(widths[1])]
        if authorizer_width:
            columns.append(route.authorizer.ljust(authorizer_width))
        click.echo("    " + "  ".join([*columns, route.backend]))
    if not routes:
        click.echo("    no routes")
