"""AnnounceDurableExecution: count what a durable execution has become, and put an event on the account's bus."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.durable.announcements import event_of, metrics_of
from serein.services.lambda_.memory import memory_of
from serein.services.lambda_.metrics import Source


@operation("AnnounceDurableExecution", internal=True)
async def announce_durable_execution(call: Call, request: Request) -> Reply:
    """The request is an announcement (`durable/announcements.py`)."""
    source = Source(call.scope, request["FunctionName"], request["Qualifier"], request["Version"])
    for metric, value in metrics_of(request):
        memory_of(call.platform).metrics.add(source, metric, value)
    if call.platform.catalog.find_operation("events", "PutEvents") is not None:
        await call.to("events", "PutEvents", {"Entries": [event_of(request)]})
    return {}
