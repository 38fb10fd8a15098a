"""PutEvents: put events on buses; what their rules owe to targets is written before the answer."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import NotImplementedHere
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.scope import Scope
from serein.services.events.access import check_bus, entry_context
from serein.services.events.buses import place_of
from serein.services.events.entries import find_refusal, parse_event, refusal, require_few, require_small
from serein.services.events.routing import route

_Routed = tuple[tuple[Scope, str], dict[str, Any], str]


@operation("PutEvents", partial="global endpoints (EndpointId) are refused")
async def put_events(call: Call, request: Request) -> Reply:
    if "EndpointId" in request:
        raise NotImplementedHere("Serein has no global endpoints: EndpointId")
    entries = request["Entries"]
    require_few(entries)
    require_small(entries)
    answers: list[dict[str, str]] = []
    routed: list[_Routed] = []
    for entry in entries:
        answer = find_refusal(entry, may_be_aws=call.caller.service is not None)
        event = parse_event(entry, call.scope, call.now) if answer is None else None
        if event is not None:
            routed.append((place_of(call.scope, entry.get("EventBusName")), event, entry.get("TraceHeader", "")))
        elif answer is None:
            answer = refusal("MalformedDetail", "Detail is malformed.")
        answers.append(answer or {"EventId": event["id"] if event else new_uuid()})

    def write(tx: Transaction) -> None:
        # AWS: an event for a bus that isn't there gets an id, and is not heard of again.
        for place, event, trace in routed:
            route(tx, call.platform, place, event, trace_header=trace or call.trace_id)

    if call.is_asked:
        await call.read(lambda tx: _check(call, tx, entries))
    if routed:
        await call.write(write)
    return {"FailedEntryCount": len(answers) - len(routed), "Entries": answers}


def _check(call: Call, tx: Transaction, entries: list[dict[str, Any]]) -> None:
    """AWS: an entry that may not be put refuses the whole request."""
    for entry in entries:
        check_bus(call, tx, place_of(call.scope, entry.get("EventBusName")), context=entry_context(entry))
