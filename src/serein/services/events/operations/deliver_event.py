"""DeliverEvent: bring an event to one target; what the deliveries of the service call."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.events.delivering import deliver


@operation("DeliverEvent", internal=True)
async def deliver_event(call: Call, request: Request) -> Reply:
    """The request is {"Rule": ARN, "Target", "Event": JSON text, "IngestedAt": seconds}, and what retries add."""
    await deliver(call, request)
    return {}
