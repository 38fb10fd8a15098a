"""`workflows`: which state machines there are; starting one; and what an execution did, event by event."""

import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from serein.cli.connection import CommandFailed, new_session, require_server
from serein.cli.workflows.history import is_failure, rows_of, shortened

_LONGEST_SECONDS = 310
_SHORTEST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.05, 1.0
_RUNNING, _SUCCEEDED = "RUNNING", "SUCCEEDED"


@click.group(invoke_without_command=True)
@click.pass_context
def workflows(context: click.Context) -> None:
    """Show the state machines with their latest executions; start one, and see what an execution did."""
    if context.invoked_subcommand is not None:
        return
    states, _ = _clients(require_server())
    # Why here: boto3 takes 300 ms to import, and `--help` does not need it.
    from serein.cli.workflows.finding import all_machines, find_latest

    machines = all_machines(states)
    if not machines:
        click.echo("There are no state machines.")
    width = max((len(machine["name"]) for machine in machines), default=0)
    for machine in machines:
        latest = find_latest(states, machine)
        line = f"{machine['name'].ljust(width)}  {machine['type'].ljust(8)}"
        if latest is not None:
            line += f"  {_status(latest['status'])}  {latest['name']}"
        click.echo(line.rstrip())


@workflows.command()
@click.argument("name")
@click.option("--input", "-i", "given", metavar="JSON|FILE|-", default="{}", help="The input: JSON, a file, or `-`.")
@click.option("--name", "execution_name", metavar="NAME", help="What the execution is called.")
@click.option("--wait/--no-wait", "waits", default=True, help="Whether to wait for its end.  [default: wait]")
def start(name: str, given: str, execution_name: str | None, waits: bool) -> None:
    """Start an execution of the state machine NAME and show its output.

    NAME is a name, an ARN, or a logical id of a deployed template; `:VERSION` or `:ALIAS` may follow. The output goes
    to standard output. Exit code 1: the execution failed.
    """
    request: dict[str, Any] = {"input": _input(given)}
    if execution_name:
        request["name"] = execution_name
    states, stacks = _clients(require_server())
    # Why here: as above.
    from serein.cli.workflows.finding import require_machine

    machine, arn = require_machine(states, stacks, name)
    request["stateMachineArn"] = arn
    if machine["type"] == "EXPRESS" and waits:
        _finish(states.start_sync_execution(**request))
        return
    execution = states.start_execution(**request)["executionArn"]
    click.echo(execution, err=waits)
    if waits:
        _finish(_ended(states, execution))


@workflows.command()
@click.argument("execution")
@click.option("--json", "is_json", is_flag=True, help="Print the execution and its events as JSON.")
def show(execution: str, is_json: bool) -> None:
    """Show what EXECUTION did, event by event.

    EXECUTION is an ARN, MACHINE/NAME, or MACHINE for the latest of its executions. Exit code 1: it failed, ran out of
    time, or was stopped.
    """
    states, stacks = _clients(require_server())
    # Why here: as above.
    from serein.cli.workflows.finding import require_execution

    arn = require_execution(states, stacks, execution)
    shown = states.describe_execution(executionArn=arn)
    pages = states.get_paginator("get_execution_history").paginate(executionArn=arn)
    events = [event for page in pages for event in page["events"]]
    if is_json:
        shown.pop("ResponseMetadata", None)
        click.echo(json.dumps({**shown, "events": events}, indent=2, default=lambda moment: moment.isoformat()))
    else:
        _show(shown, events)
    if shown["status"] not in (_RUNNING, _SUCCEEDED):
        raise SystemExit(1)


def _show(shown: dict[str, Any], events: list[dict[str, Any]]) -> None:
    machine = shown["stateMachineArn"].rpartition(":")[2]
    click.echo(f"{click.style(shown['name'], bold=True)} of {machine}  {_status(shown['status'])}")
    click.echo(f"  input   {shortened(shown.get('input', ''))}")
    if "output" in shown:
        click.echo(f"  output  {shortened(shown['output'])}")
    rows = rows_of(events)
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    for row in rows:
        cells = [row[0].rjust(widths[0]), row[1].rjust(widths[1]), row[2].ljust(widths[2]), row[3].ljust(widths[3])]
        line = "  ".join([*cells, row[4]]).rstrip()
        click.echo(click.style(line, fg="red") if is_failure(row[2]) else line)


def _clients(address: str) -> tuple[Any, Callable[[], Any]]:
    """A client of Step Functions, and what makes one of CloudFormation, which few commands need."""
    # Why here: boto3 takes 300 ms to import, and `--help` does not need it.
    from botocore.config import Config

    session = new_session()
    patient = Config(read_timeout=_LONGEST_SECONDS, inject_host_prefix=False, retries={"max_attempts": 0})
    states = session.client("stepfunctions", endpoint_url=address, config=patient)
    return states, lambda: session.client("cloudformation", endpoint_url=address)


def _ended(states: Any, execution: str) -> dict[str, Any]:
    """The execution once it has ended."""
    glance, pause = threading.Event(), _SHORTEST_PAUSE_SECONDS
    while True:
        shown: dict[str, Any] = states.describe_execution(executionArn=execution)
        if shown["status"] != _RUNNING:
            return shown
        glance.wait(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


def _finish(shown: dict[str, Any]) -> None:
    """Print the output. Raises CommandFailed for an execution without one."""
    if shown["status"] == _SUCCEEDED:
        click.echo(shown.get("output", ""))
        return
    why = ": ".join(filter(None, (shown.get("error"), shown.get("cause"))))
    raise CommandFailed(f"{shown['name']} ended as {shown['status']}{f': {why}' if why else ''}")


def _status(status: str) -> str:
    colors = {_SUCCEEDED: "green", _RUNNING: "yellow"}
    return click.style(status, fg=colors.get(status, "red"))


def _input(given: str) -> str:
    """The input's JSON, from wherever it is to come. Raises UsageError."""
    if given == "-":
        text = sys.stdin.read()
    elif Path(given).is_file():
        text = Path(given).read_text()
    else:
        text = given
    try:
        json.loads(text)
    except ValueError as error:
        raise click.UsageError(f"The input is no file and not JSON: {error}") from error
    return text
