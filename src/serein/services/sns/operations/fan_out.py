"""FanOut: one attempt at many subscriptions; those that fail get attempts of their own."""

import asyncio
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Delivery, Transaction
from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns.delivering import deliver, deliver_to_queues
from serein.services.sns.fanout import owed_after


@operation("FanOut", internal=True)
async def fan_out(call: Call, request: Request) -> Reply:
    """The request is `{"Message": packed, "Subscriptions": [address, …]}`."""
    packed, addresses = request["Message"], request["Subscriptions"]
    queues = [address for address in addresses if address["Protocol"] == "sqs"]
    others = [address for address in addresses if address["Protocol"] != "sqs"]
    to_queues = await deliver_to_queues(call, packed, queues) if queues else []
    to_others = await asyncio.gather(*[_attempt(call, packed, address) for address in others])
    owed = [
        delivery
        for address, error in zip(queues + others, [*to_queues, *to_others], strict=True)
        if error is not None and (delivery := owed_after(packed, address, error)) is not None
    ]
    if owed:
        await call.write(lambda tx: _send(tx, owed))
    return {}


async def _attempt(call: Call, packed: dict[str, Any], address: dict[str, Any]) -> AwsError | None:
    try:
        await deliver(call, packed, address)
    except AwsError as error:
        return error
    return None


def _send(tx: Transaction, owed: list[Delivery]) -> None:
    for delivery in owed:
        tx.send(delivery)
