"""`invoke` and `logs`: functions of a running server."""

import base64
import json
import re
import sys
import threading
from pathlib import Path
from typing import Any

import click

from serein.cli.connection import CommandFailed, find_state, new_session, require_server

_DURATION = re.compile(r"(\d+)([smhd])")
_UNIT_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_LONGEST_INVOCATION_SECONDS = 910


@click.command()
@click.argument("function")
@click.argument("payload", default="")
@click.option(
    "--file", "path", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Payload from a file."
)
@click.option("--async", "is_async", is_flag=True, help="Queue the invocation and return at once.")
@click.option("--stack", "stack_name", metavar="NAME", help="Look for the function in this stack.")
def invoke(function: str, payload: str, path: Path | None, is_async: bool, stack_name: str | None) -> None:
    """Invoke FUNCTION with PAYLOAD (JSON; `-` reads standard input) and show its reply.

    FUNCTION is a name, an ARN, or a logical id of a deployed template. The reply goes to standard output, the end of
    the log to standard error. Exit code 1: the function failed.
    """
    event = _payload(payload, path)
    address = require_server()
    # Why here: boto3 takes 300 ms to import, and `--help` does not need it.
    from botocore.config import Config
    from botocore.exceptions import ClientError

    session = new_session()
    patient = Config(read_timeout=_LONGEST_INVOCATION_SECONDS, retries={"max_attempts": 0})
    client = session.client("lambda", endpoint_url=address, config=patient)
    try:
        name = function_name(session, address, function, stack_name)
        options = {"InvocationType": "Event"} if is_async else {"LogType": "Tail"}
        answer = client.invoke(FunctionName=name, Payload=event, **options)
    except ClientError as error:
        raise CommandFailed(error.response["Error"]["Message"]) from error
    if is_async:
        click.echo(f"Accepted as request {answer['ResponseMetadata']['RequestId']}.", err=True)
        return
    if "LogResult" in answer:
        click.secho(base64.b64decode(answer["LogResult"]).decode(errors="replace").rstrip("\n"), dim=True, err=True)
    click.echo(answer["Payload"].read().decode(errors="replace"))
    if "FunctionError" in answer:
        raise CommandFailed(f"{name} failed ({answer['FunctionError']}).")


def _payload(text: str, path: Path | None) -> bytes:
    if text and path is not None:
        raise click.UsageError("Give the payload as an argument or with --file, not both.")
    if path is not None:
        content = path.read_bytes()
    elif text == "-":
        content = sys.stdin.buffer.read()
    else:
        content = (text or "{}").encode()
    try:
        json.loads(content)
    except ValueError as error:
        raise click.UsageError(f"The payload is not JSON: {error}") from error
    return content


def function_name(session: Any, address: str, given: str, stack_name: str | None) -> str:
    """The name of the function that is meant: by name, or by logical id in a stack. Raises CommandFailed."""
    # Why here: as in invoke.
    from botocore.exceptions import ClientError

    if stack_name is None:
        try:
            found: str = session.client("lambda", endpoint_url=address).get_function_configuration(FunctionName=given)[
                "FunctionName"
            ]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
        else:
            return found
    candidates = functions_of_stacks(session, address, stack_name)
    names = sorted({name for logical_id, name in candidates if given in (logical_id, name)})
    if len(names) == 1:
        return names[0]
    if names:
        raise CommandFailed(f"{given} is in several stacks: {', '.join(names)}. Give the name, or --stack.")
    known = ", ".join(sorted(name for _, name in candidates)) or "none"
    raise CommandFailed(f"There is no function {given}. Deployed functions: {known}.")


def functions_of_stacks(session: Any, address: str, stack_name: str | None) -> list[tuple[str, str]]:
    """Logical id and name of each function of a stack, or of all."""
    # Why here: as in invoke.
    from botocore.exceptions import ClientError

    cloudformation = session.client("cloudformation", endpoint_url=address)
    try:
        pages = cloudformation.get_paginator("describe_stacks").paginate()
        names = [stack_name] if stack_name else [stack["StackName"] for page in pages for stack in page["Stacks"]]
        found = []
        for name in names:
            for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=name):
                for row in page["StackResourceSummaries"]:
                    if row["ResourceType"] == "AWS::Lambda::Function" and "PhysicalResourceId" in row:
                        found.append((row["LogicalResourceId"], row["PhysicalResourceId"]))
    except ClientError as error:
        raise CommandFailed(error.response["Error"]["Message"]) from error
    return found


@click.command()
@click.argument("functions", nargs=-1)
@click.option("--stack", "stack_name", metavar="NAME", help="The functions of this stack.")
@click.option("--follow", "-f", is_flag=True, help="Keep showing what is logged, until Ctrl-C.")
@click.option("--since", default="1h", metavar="TIME", help="How far back: 30s, 10m, 2h, 1d.", show_default=True)
def logs(functions: tuple[str, ...], stack_name: str | None, follow: bool, since: str) -> None:
    """Show what FUNCTIONS (names or logical ids; all by default) logged."""
    duration = _DURATION.fullmatch(since)
    if duration is None:
        raise click.BadParameter("a time is a number and a unit: 30s, 10m, 2h, 1d", param_hint="--since")
    address = require_server()
    # Why here: boto3 again.
    from serein.cli.tail import Tail

    session = new_session()
    state = find_state(address) or {"now": 0.0}
    begin = float(state["now"]) - int(duration.group(1)) * _UNIT_SECONDS[duration.group(2)]
    tail = Tail(session.client("logs", endpoint_url=address), begin)
    if functions:
        names = [function_name(session, address, given, stack_name) for given in functions]
        tail.watch({f"/aws/lambda/{name}": name for name in names})
    elif stack_name:
        found = functions_of_stacks(session, address, stack_name)
        tail.watch({f"/aws/lambda/{name}": logical_id for logical_id, name in found})
    else:
        tail.watch_all()
    pause = threading.Event()
    try:
        while True:
            lines = tail.read()
            for line in lines:
                click.echo(line)
            if not follow:
                return
            pause.wait(tail.pause_seconds)
    except KeyboardInterrupt:
        return
