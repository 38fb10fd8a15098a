"""DeliverToOne: one attempt at one subscription."""

from serein.kernel.call import Call
from serein.kernel.errors import Reschedule
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.rates import take_slot
from serein.services.sns.delivering import deliver


@operation("DeliverToOne", internal=True)
async def deliver_to_one(call: Call, request: Request) -> Reply:
    """The request is `{"Message": packed, "Subscription": address}`. Raises the target's error."""
    address = request["Subscription"]
    rate = address.get("Rate", 0)
    # Why taken out: a place is good for one attempt, and the request is kept for the next one.
    if rate and not request.pop("HasSlot", False):
        wait = take_slot(call.platform.memory.setdefault("sns slots", {}), address["Arn"], rate, call.now)
        if wait > 0:
            raise Reschedule(wait, {**request, "HasSlot": True})
    await deliver(call, request["Message"], address)
    return {}
