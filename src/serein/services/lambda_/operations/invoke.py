"""Invoke: run a function and wait for its reply, or queue an event for it."""

import base64

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.runner import Invocation
from serein.services.lambda_.access import check_caller
from serein.services.lambda_.durable.starting import invoke_durable
from serein.services.lambda_.event_invokes import accept_event
from serein.services.lambda_.invocation import (
    Executable,
    check_state,
    find_trace,
    require_executable,
    run,
    traits_of,
)
from serein.services.lambda_.names import parse_reference
from serein.services.lambda_.payloads import check_payload, client_context_of
from serein.services.lambda_.store.events import Event


@operation("Invoke")
async def invoke(call: Call, request: Request) -> Reply:
    """AWS: errors that functions return are all `Unhandled` (FunctionError) with today's runtimes."""
    reference = parse_reference(call.scope, request["FunctionName"], request.get("Qualifier", ""))
    payload: bytes = request.get("Payload") or b""
    kind = request.get("InvocationType", "RequestResponse")
    check_payload(payload, kind)
    context = request.get("ClientContext", "")
    if context:
        context = client_context_of(context)
    if call.is_asked:
        await check_caller(call, reference)
    executable = await require_executable(call.platform, reference, request.get("TenantId", ""))
    if kind == "DryRun":
        return {"StatusCode": 204, "ExecutedVersion": executable.version}
    if traits_of(executable.configuration).is_durable or "DurableExecutionName" in request:
        return await _invoke_durable(call, executable, request, payload or b"{}", is_event=kind == "Event")
    if kind == "Event":
        check_state(executable)
        await accept_event(
            call, Event(reference, call.request_id, payload or b"{}", call.now, call.trace_id, executable.tenant_id)
        )
        return {"StatusCode": 202, "Payload": b""}
    is_log_wanted = request.get("LogType") == "Tail"
    invocation = Invocation(
        call.request_id,
        payload or b"{}",
        context,
        await find_trace(call.platform, reference, call.trace_id),
        needs_report=is_log_wanted,
    )
    outcome = await run(call.platform, executable, invocation)
    reply: Reply = {"StatusCode": 200, "ExecutedVersion": executable.version, "Payload": outcome.payload}
    if outcome.function_error:
        reply["FunctionError"] = outcome.function_error
    if is_log_wanted:
        reply["LogResult"] = base64.b64encode(outcome.log_tail).decode()
    return reply


async def _invoke_durable(
    call: Call, executable: Executable, request: Request, payload: bytes, *, is_event: bool
) -> Reply:
    check_state(executable)
    trace_id = await find_trace(call.platform, executable.reference, call.trace_id)
    invocation = Invocation(call.request_id, payload, trace_id=trace_id)
    name = request.get("DurableExecutionName", "")
    return await invoke_durable(call.platform, executable, invocation, name, is_event=is_event)
