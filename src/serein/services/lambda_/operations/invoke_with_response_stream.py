"""InvokeWithResponseStream: run a function and pass its response on as it is written."""

import base64
from collections.abc import AsyncIterator
from typing import Any

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.runner import Invocation, StreamedOutcome
from serein.services.lambda_.errors import RequestTooLargeException
from serein.services.lambda_.invocation import require_executable, run_streaming
from serein.services.lambda_.names import parse_reference

_MAXIMUM_BYTES = 6_291_456


@operation(
    "InvokeWithResponseStream",
    partial="ClientContext and tenants are not passed on; LogResult comes with failures only",
)
async def invoke_with_response_stream(call: Call, request: Request) -> Reply:
    reference = parse_reference(call.scope, request["FunctionName"], request.get("Qualifier", ""))
    payload: bytes = request.get("Payload") or b""
    if len(payload) > _MAXIMUM_BYTES:
        raise RequestTooLargeException(
            f"{len(payload)} byte payload is too large for the RequestResponse invocation type "
            f"(limit {_MAXIMUM_BYTES} bytes)",
            Type="User",
        )
    executable = await require_executable(call.platform, reference)
    if request.get("InvocationType") == "DryRun":
        return {"StatusCode": 204, "ExecutedVersion": executable.version, "EventStream": _nothing()}
    streamed = await run_streaming(
        call.platform, executable, Invocation(call.request_id, payload or b"{}", "", call.trace_id)
    )
    return {
        "StatusCode": 200,
        "ExecutedVersion": executable.version,
        "ResponseStreamContentType": "application/vnd.amazon.eventstream",
        "EventStream": _events(streamed, with_log=request.get("LogType") == "Tail"),
    }


async def _nothing() -> AsyncIterator[dict[str, Any]]:
    return
    yield {}


async def _events(streamed: StreamedOutcome, *, with_log: bool) -> AsyncIterator[dict[str, Any]]:
    async for chunk in streamed.chunks:
        yield {"PayloadChunk": {"Payload": chunk}}
    complete: dict[str, Any] = {}
    if streamed.error:
        outcome = streamed.error[0]
        if outcome.function_error:
            complete["ErrorCode"] = outcome.function_error
            complete["ErrorDetails"] = outcome.payload.decode("utf-8", "replace")
        if with_log:
            complete["LogResult"] = base64.b64encode(outcome.log_tail).decode()
    yield {"InvokeComplete": complete}
