"""InvokeQueued: take over an event that was accepted when the general deliveries were the queue."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.event_invokes import accept_event
from serein.services.lambda_.names import parse_reference
from serein.services.lambda_.store.events import Event


@operation("InvokeQueued", internal=True)
async def invoke_queued(call: Call, request: Request) -> Reply:
    """Older data folders may hold such deliveries; their counts and ages hold."""
    event = Event(
        parse_reference(call.scope, request["FunctionName"]),
        request["RequestId"],
        request["Payload"],
        request["AcceptedAt"],
        request["TraceId"],
        attempt=request["Attempt"],
        throttles=request["Throttles"],
    )
    await accept_event(call, event)
    return {}
