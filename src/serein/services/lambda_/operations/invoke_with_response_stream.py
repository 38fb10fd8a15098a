"""InvokeWithResponseStream: run a function and pass its response on as it is written."""

import base64
from collections.abc import AsyncIterator
from typing import Any

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.runner import Invocation, StreamedOutcome
from serein.services.lambda_.access import check_caller
from serein.services.lambda_.invocation import find_trace, require_executable, run_streaming
from serein.services.lambda_.names import parse_reference
from serein.services.lambda_.payloads import check_payload, client_context_of


@operation("InvokeWithResponseStream")
async def invoke_with_response_stream(call: Call, request: Request) -> Reply:
    reference = parse_reference(call.scope, request["FunctionName"], request.get("Qualifier", ""))
    payload: bytes = request.get("Payload") or b""
    check_payload(payload)
    context = request.get("ClientContext", "")
    if context:
        context = client_context_of(context)
    if call.is_asked:
        await check_caller(call, reference)
    executable = await require_executable(call.platform, reference, request.get("TenantId", ""))
    if request.get("InvocationType") == "DryRun":
        return {"StatusCode": 204, "ExecutedVersion": executable.version, "EventStream": _nothing()}
    is_log_wanted = request.get("LogType") == "Tail"
    trace_id = await find_trace(call.platform, reference, call.trace_id)
    invocation = Invocation(call.request_id, payload or b"{}", context, trace_id, needs_report=is_log_wanted)
    streamed = await run_streaming(call.platform, executable, invocation)
    return {
        "StatusCode": 200,
        "ExecutedVersion": executable.version,
        "ResponseStreamContentType": "application/vnd.amazon.eventstream",
        "EventStream": _events(streamed, is_log_wanted=is_log_wanted),
    }


async def _nothing() -> AsyncIterator[dict[str, Any]]:
    return
    yield {}


async def _events(streamed: StreamedOutcome, *, is_log_wanted: bool) -> AsyncIterator[dict[str, Any]]:
    async for chunk in streamed.chunks:
        if chunk:
            yield {"PayloadChunk": {"Payload": chunk}}
    complete: dict[str, Any] = {}
    if streamed.outcome:
        outcome = streamed.outcome[0]
        if outcome.function_error:
            complete["ErrorCode"] = outcome.function_error
            complete["ErrorDetails"] = outcome.payload.decode("utf-8", "replace")
        if is_log_wanted:
            complete["LogResult"] = base64.b64encode(outcome.log_tail).decode()
    yield {"InvokeComplete": complete}
