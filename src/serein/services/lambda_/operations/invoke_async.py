"""InvokeAsync: queue an event for a function; Invoke's deprecated predecessor."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.access import check_caller
from serein.services.lambda_.event_invokes import accept_event
from serein.services.lambda_.invocation import check_state, require_executable
from serein.services.lambda_.names import parse_reference
from serein.services.lambda_.payloads import check_payload
from serein.services.lambda_.store.events import Event


@operation("InvokeAsync")
async def invoke_async(call: Call, request: Request) -> Reply:
    reference = parse_reference(call.scope, request["FunctionName"])
    if call.is_asked:
        await check_caller(call, reference)
    payload = await request["InvokeArgs"].read()
    check_payload(payload, "Event")
    check_state(await require_executable(call.platform, reference))
    await accept_event(call, Event(reference, call.request_id, payload or b"{}", call.now, call.trace_id))
    return {"Status": 202}
