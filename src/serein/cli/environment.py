"""`env`: shell lines for SDKs and tools."""

import shlex
from pathlib import Path

import click

from serein import runtime
from serein.cli.connection import endpoint, find_state, region
from serein.settings import inherited

_OLD_SDK = Path(runtime.__file__).with_name("guest") / "sdk_2.cjs"


def environment_lines(address: str, account: str = "") -> list[str]:
    """The shell lines that point SDKs and tools at a server."""
    variables = {
        "AWS_ENDPOINT_URL": address,
        # Why: some operations put a prefix in front of the host (`sync-127.0.0.1`), which then is none.
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_REGION": region(),
        "AWS_DEFAULT_REGION": region(),
        "AWS_ACCESS_KEY_ID": account or inherited().get("AWS_ACCESS_KEY_ID") or "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    return [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]


def node_options(given: str = "") -> str:
    """`NODE_OPTIONS` that have version 2 of the AWS SDK for JavaScript take AWS_ENDPOINT_URL, as later versions do."""
    wanted = f'--require "{_OLD_SDK}"'
    return given if wanted in given else f"{given} {wanted}".strip()


@click.command()
@click.option("--account", metavar="ID", help="Act in this account (12 digits).")
@click.option(
    "--old-sdk", is_flag=True, help="Also for tools with version 2 of the SDK for JavaScript: serverless, osls."
)
def env(account: str | None, old_sdk: bool) -> None:
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
    if old_sdk:
        click.echo(f"export NODE_OPTIONS={shlex.quote(node_options(inherited().get('NODE_OPTIONS', '')))}")
