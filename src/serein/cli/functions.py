"""`invoke`: functions of a running server."""

import base64
import json
import sys
from pathlib import Path
from typing import Any

import click

from serein.cli.connection import CommandFailed, new_session, require_server

_LONGEST_INVOCATION_SECONDS = 910


@click.command()
@click.argument("function")
@click.argument("payload", default="")
@click.option(
    "--event", "--file", "-e", "event", metavar="FILE|-|JSON", help="The payload: a file, standard input, or JSON."
)
@click.option("--async", "is_async", is_flag=True, help="Queue the invocation and return at once.")
@click.option("--stack", "stack_name", metavar="NAME", help="Look for the function in this stack.")
@click.option("--log/--no-log", "shows_log", default=True, help="Whether to show the end of the log.  [default: log]")
@click.option("--debug", "debugging", flag_value="wait", help="Wait for a debugger (Python, Node.js); see above.")
@click.option("--debug-break", "debugging", flag_value="break", help="The same, and stop before the handler (Node.js).")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Where to wait for the debugger.  [default: 5678 for Python, 9229 for Node.js, or any that is free]",
)
def invoke(
    function: str,
    payload: str,
    event: str | None,
    is_async: bool,
    stack_name: str | None,
    shows_log: bool,
    debugging: str | None,
    port: int,
) -> None:
    """Invoke FUNCTION with PAYLOAD (JSON; `-` reads standard input) and show its reply.

    FUNCTION is a name, an ARN, or a logical id of a deployed template; `:VERSION` or `:ALIAS` may follow. The reply
    goes to standard output, the end of the log to standard error. Exit code 1: the function failed.

    With --debug the function gets an environment of its own, which waits for a debugger on 127.0.0.1 and has no time
    limits; the command says how to attach one. Everything else runs on, other invocations of the function too. Ctrl-C
    ends it.
    """
    if port and not debugging:
        raise click.UsageError("--port goes with --debug.")
    if is_async and debugging:
        raise click.UsageError("A function that is debugged is waited for: --debug and --async exclude each other.")
    content = _payload(payload, event)
    address = require_server()
    # Why here: boto3 takes 300 ms to import, and `--help` does not need it.
    from serein.cli.finding import Inventory

    session = new_session()
    inventory = Inventory(session, address)
    found = inventory.require_function(function, stack_name)
    if debugging:
        # Why here: as above.
        from serein.cli.debugging import debug

        places = inventory.places_of(found.name)
        outcome = debug(session, address, found, content, places, port=port, stops=debugging == "break")
        log = b""
    else:
        answer = _invoke(session, address, found.arn, content, is_async=is_async, shows_log=shows_log)
        if is_async:
            click.echo(f"Accepted as request {answer['ResponseMetadata']['RequestId']}.", err=True)
            return
        payload_text = answer["Payload"].read().decode(errors="replace")
        outcome = {"payload": payload_text, "function_error": answer.get("FunctionError", "")}
        log = base64.b64decode(answer.get("LogResult", ""))
    _show(inventory, found.name, outcome, log.decode(errors="replace"))


def _invoke(session: Any, address: str, arn: str, content: bytes, *, is_async: bool, shows_log: bool) -> dict[str, Any]:
    # Why here: as in invoke.
    from botocore.config import Config
    from botocore.exceptions import ClientError

    patient = Config(read_timeout=_LONGEST_INVOCATION_SECONDS, retries={"max_attempts": 0})
    options = {"InvocationType": "Event"} if is_async else {"LogType": "Tail" if shows_log else "None"}
    try:
        answer: dict[str, Any] = session.client("lambda", endpoint_url=address, config=patient).invoke(
            FunctionName=arn, Payload=content, **options
        )
    except ClientError as error:
        raise CommandFailed(error.response["Error"]["Message"]) from error
    return answer


def _show(inventory: Any, name: str, outcome: dict[str, Any], log: str) -> None:
    """Show an outcome. Raises CommandFailed for a function that failed."""
    # Why here: as in invoke.
    from serein.cli.traces import Places, is_error, readable, trace_of

    is_failure = bool(outcome["function_error"])
    places = inventory.places_of(name) if is_failure else Places()
    logged = [(readable(line, places), is_error(line)) for line in log.splitlines()]
    for line, is_failed in logged:
        click.echo(click.style(line, fg="red" if is_failed else None, dim=not is_failed), err=True)
    click.echo(outcome["payload"])
    if is_failure:
        trace = trace_of(outcome["payload"], places)
        title = trace.partition("\n")[0]
        # Why: the end of the log has it, unless it is longer than 4 KiB or nothing was logged.
        told = title if any(title in line for line, _ in logged) else trace
        raise CommandFailed(f"{name} failed: {told or outcome['function_error']}")


def _payload(text: str, event: str | None) -> bytes:
    """The event: JSON, from wherever it is to come. Raises UsageError."""
    if text and event is not None:
        raise click.UsageError("Give the payload as an argument or with --event, not both.")
    given = text if event is None else event
    if given == "-":
        content = sys.stdin.buffer.read()
    elif event is not None and Path(event).is_file():
        content = Path(event).read_bytes()
    else:
        content = (given or "{}").encode()
    try:
        json.loads(content)
    except ValueError as error:
        if event is not None and event.lstrip()[:1] not in ("{", "[", '"') and content == event.encode():
            raise click.UsageError(f"There is no file {event}, and it is not JSON.") from error
        raise click.UsageError(f"The payload is not JSON: {error}") from error
    return content
