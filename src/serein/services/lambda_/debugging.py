"""Debugging: an invocation in an environment of its own, which waits for a debugger and knows no time limit.

It takes none of the function's places, and other invocations go on in other environments. Whoever asked for it is
told, a line of JSON at a time, where the debugger is waited for, what is logged and what comes of it; the environment
ends when it is over, or when the connection is closed.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from serein.kernel.arn import find_arn
from serein.kernel.call import Platform
from serein.kernel.errors import AccessDenied, AwsError, NotImplementedHere
from serein.kernel.http import HttpReply, HttpRequest
from serein.kernel.ids import new_uuid, random_hex
from serein.kernel.runner import FunctionSpec, Invocation, LogLine, Outcome, PackagedLayer, RunnerBusy
from serein.services.lambda_.concurrency import HOST_IS_FULL
from serein.services.lambda_.errors import invalid, throttled
from serein.services.lambda_.invocation import check_state, find_trace, require_executable, spec_of, traits_of
from serein.services.lambda_.names import parse_reference
from serein.services.lambda_.payloads import check_payload

_DEBUGPY = PackagedLayer("debugpy", "debugger", ("debugpy",))
_LONGEST_SECONDS = 86_400
"""How long somebody may stop at breakpoints, and what the function believes that it has left."""
_DEBUGGER_MB = 512
"""What the debugger may take beside the function."""
_SIGN_OF_LIFE_SECONDS = 1.0
_LISTENING = re.compile(r"Debugger listening on (\S+); the code is in (\S+)\s*")


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a request for debugging asks."""

    function_arn: str
    port: int
    payload: bytes
    stops: bool
    """Whether to stop before the handler too: for debuggers that know no breakpoints before they attach."""


async def answer_debug(platform: Platform, http: HttpRequest) -> HttpReply:
    """Begin the invocation. Raises AwsError when there is nothing to debug."""
    if http.method != "POST":
        return HttpReply(405, [("allow", "POST")])
    body = await http.body.read()
    wish = _parse_wish(body)
    arn = find_arn(wish.function_arn)
    if arn is None:
        raise invalid("FunctionArn must be a function's ARN.")
    await _check_caller(platform, http, body, arn.account)
    reference = parse_reference(arn.scope, wish.function_arn)
    executable = await require_executable(platform, reference)
    check_state(executable)
    if traits_of(executable.configuration).is_durable:
        raise NotImplementedHere("Serein does not debug durable functions: they are invoked many times over")
    spec = _debugged(await spec_of(platform, executable), wish)
    check_payload(wish.payload)
    trace_id = await find_trace(platform, reference, "")
    invocation = Invocation(new_uuid(), wish.payload or b"{}", trace_id=trace_id)
    return HttpReply(200, [("content-type", "application/x-ndjson")], _course(platform, spec, invocation))


def _parse_wish(body: bytes) -> _Wish:
    try:
        asked = msgspec.json.decode(body, type=dict[str, Any])
        wish = _Wish(
            str(asked["FunctionArn"]),
            int(asked["Port"]),
            str(asked.get("Payload", "")).encode(),
            bool(asked.get("StopAtHandler")),
        )
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        raise invalid("A request to debug is JSON with FunctionArn, Port, Payload and StopAtHandler.") from None
    if not 0 < wish.port < 65_536:
        raise invalid("Port must be between 1 and 65535.")
    return wish


async def _check_caller(platform: Platform, http: HttpRequest, body: bytes, account: str) -> None:
    """Raise AccessDeniedException for web pages and other accounts: who debugs a function can do whatever it can."""
    if "origin" in http.headers or "sec-fetch-site" in http.headers:
        raise AccessDenied("Pages may not debug functions.")
    if platform.signatures is not None:
        signer = await platform.signatures.require_signer(http, body, "lambda")
        if signer.account != account:
            raise AccessDenied(f"User: {signer.caller.arn} is not authorized to debug functions of account {account}")


def _debugged(spec: FunctionSpec, wish: _Wish) -> FunctionSpec:
    """The same function, to be debugged. Raises NotImplementedHere."""
    is_python = spec.runtime.startswith("python")
    if not is_python and not spec.runtime.startswith("nodejs"):
        raise NotImplementedHere(f"Serein debugs functions in Python and Node.js, and {spec.name} is {spec.runtime}")
    if is_python and wish.stops:
        raise invalid("Stopping at the handler is for Node.js: debuggers for Python bring their breakpoints along.")
    layers = spec.packaged_layers
    if is_python:
        layers = (*layers, (len(spec.layers) + len(layers), _DEBUGPY))
    environment = {
        **dict(spec.environment),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "SEREIN_DEBUG_PORT": f"{wish.port} stop" if wish.stops else str(wish.port),
    }
    return replace(
        spec,
        timeout_seconds=_LONGEST_SECONDS,
        memory_mb=spec.memory_mb + _DEBUGGER_MB,
        environment=tuple(sorted(environment.items())),
        revision=f"{spec.revision}:debug:{random_hex(8)}",
        packaged_layers=layers,
        snap_start=False,
        debug_port=wish.port,
    )


async def _course(platform: Platform, spec: FunctionSpec, invocation: Invocation) -> AsyncIterator[bytes]:
    """What happens, a line of JSON each; empty lines are signs of life, which show whether anybody still listens."""
    happened: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

    def logged(of: FunctionSpec, _stream: str, lines: list[LogLine]) -> None:
        if of is spec:
            for line in lines:
                happened.put_nowait(_told(line.text))

    platform.log_sinks.append(logged)
    running = asyncio.get_running_loop().create_task(_invoke(platform, spec, invocation), name="debugging")
    running.add_done_callback(lambda _: happened.put_nowait(None))
    try:
        while True:
            try:
                event = await asyncio.wait_for(happened.get(), _SIGN_OF_LIFE_SECONDS)
            except TimeoutError:
                yield b"\n"
                continue
            if event is None:
                break
            yield msgspec.json.encode(event) + b"\n"
        yield msgspec.json.encode(await running) + b"\n"
    finally:
        if logged in platform.log_sinks:
            platform.log_sinks.remove(logged)
        running.cancel()


def _told(line: str) -> dict[str, Any]:
    found = _LISTENING.fullmatch(line)
    return {"listening": {"address": found[1], "task": found[2]}} if found else {"line": line}


async def _invoke(platform: Platform, spec: FunctionSpec, invocation: Invocation) -> dict[str, Any]:
    try:
        outcome: Outcome = await platform.runner.invoke_alone(spec, invocation)
    except RunnerBusy:
        return {"error": {"code": "TooManyRequestsException", "message": throttled(HOST_IS_FULL).message}}
    except AwsError as error:
        return {"error": {"code": error.code, "message": error.message}}
    return {
        "outcome": {
            "payload": outcome.payload.decode("utf-8", "replace"),
            "function_error": outcome.function_error,
        }
    }
