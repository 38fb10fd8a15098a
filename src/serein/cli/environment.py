"""`env`: shell lines for SDKs and tools."""

import shlex

import click

from serein.cli.connection import endpoint, find_state, region
from serein.settings import inherited


def environment_lines(address: str, account: str = "") -> list[str]:
    """The shell lines that point SDKs and tools at a server."""
    variables = {
        "AWS_ENDPOINT_URL": address,
        "AWS_REGION": region(),
        "AWS_DEFAULT_REGION": region(),
        "AWS_ACCESS_KEY_ID": account or inherited().get("AWS_ACCESS_KEY_ID") or "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    return [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]


@click.command()
@click.option("--account", metavar="ID", help="Act in this account (12 digits).")
def env(account: str | None) -> None:
    """Print the shell lines that point SDKs and tools at the server.

    Use it as: eval "$(serein env)"
    """
    if account is not None and not (len(account) == 12 and account.isdigit()):
        raise click.BadParameter("an account has 12 digits", param_hint="--account")
    address = endpoint()
    if find_state(address) is None:
        click.echo(f"Note: no server answers at {address} now. `serein start` starts one.", err=True)
    for line in environment_lines(address, account or ""):
        click.echo(line)
