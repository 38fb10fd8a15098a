"""`logs`: what functions wrote."""

import re
import threading
from typing import TYPE_CHECKING

import click

from serein.cli.connection import CommandFailed, find_state, new_session, require_server

if TYPE_CHECKING:
    from serein.cli.finding import Inventory
    from serein.cli.tail import Tail

_DURATION = re.compile(r"(\d+)([smhd])")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@click.command()
@click.argument("names", metavar="[FUNCTION|LOG GROUP]...", nargs=-1)
@click.option("--stack", "stack_name", metavar="NAME", help="The functions of this stack.")
@click.option("--follow", "-f", is_flag=True, help="Keep showing what is logged, until Ctrl-C.")
@click.option("--since", default="1h", metavar="TIME", help="How far back: 30s, 10m, 2h, 1d.", show_default=True)
@click.option(
    "--filter",
    "pattern",
    metavar="PATTERN",
    default="",
    help="Only what matches, in CloudWatch Logs' pattern language: ERROR, '\"two words\"', '{ $.level = \"ERROR\" }'.",
)
def logs(names: tuple[str, ...], stack_name: str | None, follow: bool, since: str, pattern: str) -> None:
    """Show what functions logged, by time: all functions, or those named.

    Functions go by name, ARN or logical id, log groups by their whole name, which begins with a slash. Errors are
    shown with their traces, and with the files that the functions were deployed from.
    """
    duration = _DURATION.fullmatch(since)
    if duration is None:
        raise click.BadParameter("a time is a number and a unit: 30s, 10m, 2h, 1d", param_hint="--since")
    address = require_server()
    # Why here: boto3 takes 300 ms to import, and `--help` does not need it.
    from botocore.exceptions import ClientError

    from serein.cli.finding import Inventory
    from serein.cli.tail import Tail

    session = new_session()
    state = find_state(address) or {"now": 0.0}
    begin = float(state["now"]) - int(duration.group(1)) * _UNIT_SECONDS[duration.group(2)]
    inventory = Inventory(session, address)
    client = session.client("logs", endpoint_url=address)
    tail = Tail(client, begin, pattern=pattern, find_places=inventory.places_of_group)
    if names or stack_name:
        tail.watch(_groups(inventory, names, stack_name))
    else:
        tail.watch_all()
    try:
        _show(tail, is_followed=follow)
    except ClientError as error:
        raise CommandFailed(error.response["Error"]["Message"]) from error
    except KeyboardInterrupt:
        return


def _groups(inventory: "Inventory", names: tuple[str, ...], stack_name: str | None) -> dict[str, str]:
    """The log groups that are meant, and what their lines are marked with. Raises CommandFailed."""
    if not names:
        return inventory.log_groups(inventory.functions_of_stacks(stack_name))
    groups = {inventory.require_log_group(given): given for given in names if given.startswith("/")}
    named = (inventory.require_function(given, stack_name).name for given in names if not given.startswith("/"))
    return {**groups, **inventory.log_groups((name, name) for name in named)}


def _show(tail: "Tail", *, is_followed: bool) -> None:
    pause = threading.Event()
    while True:
        for line in tail.read():
            click.echo(line)
        if not is_followed:
            return
        pause.wait(tail.pause_seconds)
