"""DiscoverEvent: learn the shape of an event that the rule of a discoverer brought."""

import msgspec

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.schemas import store
from serein.services.schemas.discovering import STARTED, find_shape, is_known, learn


@operation("DiscoverEvent", internal=True)
async def discover_event(call: Call, request: Request) -> Reply:
    """The request is {"DiscovererId", "Event": JSON text}. What comes for a discoverer that is gone is dropped."""
    event = msgspec.json.decode(request["Event"])
    shape = find_shape(event)
    if shape is None:
        return {}

    def is_new(tx: Transaction) -> bool:
        discoverer = store.find_discoverer(tx, call.scope, request["DiscovererId"])
        is_started = discoverer is not None and discoverer.definition["State"] == STARTED
        return is_started and not is_known(tx, call.scope, event, shape)

    if await call.read(is_new):
        await call.write(lambda tx: learn(tx, call.scope, event, shape))
    return {}
