"""RouteEvent: put an event that another bus sends on a bus, as it is."""

import msgspec

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.events.access import check_bus
from serein.services.events.buses import place_of
from serein.services.events.routing import route
from serein.services.events.store import buses


@operation("RouteEvent", internal=True)
async def route_event(call: Call, request: Request) -> Reply:
    """The request is {"EventBusArn", "Event": JSON text, "Hops": what it came through, "TraceHeader"}."""
    place = place_of(call.scope, request["EventBusArn"])
    event = msgspec.json.decode(request["Event"])
    header = request.get("TraceHeader", "")

    def write(tx: Transaction) -> None:
        buses.require_bus(tx, *place)
        check_bus(call, tx, place, action="PutEvents")
        route(tx, call.platform, place, event, trace_header=header, hops=tuple(request["Hops"]))

    await call.write(write)
    return {}
