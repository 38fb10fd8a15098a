"""DeliverToOne: one attempt at one subscription."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns.delivering import deliver


@operation("DeliverToOne", internal=True)
async def deliver_to_one(call: Call, request: Request) -> Reply:
    """The request is `{"Message": packed, "Subscription": address}`. Raises the target's error."""
    await deliver(call, request["Message"], request["Subscription"])
    return {}
