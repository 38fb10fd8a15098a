"""GetLogEvents: page through one stream, forward or backward."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.logs import store
from serein.services.logs.events import (
    EVENT_OVERHEAD_BYTES,
    MAXIMUM_BATCH_BYTES,
    Position,
    StoredEvent,
    parse_stream_token,
    stream_token,
)
from serein.services.logs.groups import group_name_of

_MAXIMUM_EVENTS = 10_000
_END_OF_TIME = 1 << 62


@operation("GetLogEvents", stored=("unmask",))
async def get_log_events(call: Call, request: Request) -> Reply:
    """AWS: at the end of the stream the token that was passed in comes back (API reference, GetLogEvents)."""
    group_name = group_name_of(request)
    position: Position | None = None
    is_forward = request.get("startFromHead", False)
    if (token := request.get("nextToken")) is not None:
        direction, position = parse_stream_token(token)
        is_forward = direction == "f"
    limit = request.get("limit", _MAXIMUM_EVENTS)

    def read(tx: Transaction) -> list[StoredEvent]:
        group = store.require_group(tx, call.scope, group_name)
        stream = store.require_stream(tx, group.id, request["logStreamName"])
        window = (max(request.get("startTime", 0), group.oldest_ms(tx.now)), request.get("endTime", _END_OF_TIME))
        return store.events_of_stream(tx, stream.id, window, position, limit, is_forward=is_forward)

    events = _within_size(await call.read(read), is_forward=is_forward)
    first = last = position or Position(request.get("startTime", 0), 0)
    if events:
        first = Position(events[0].timestamp_ms, events[0].sequence)
        last = Position(events[-1].timestamp_ms, events[-1].sequence)
    return {
        "events": [
            {"timestamp": event.timestamp_ms, "message": event.message, "ingestionTime": event.ingested_ms}
            for event in events
        ],
        "nextForwardToken": stream_token("f", last),
        "nextBackwardToken": stream_token("b", first),
    }


def _within_size(events: list[StoredEvent], *, is_forward: bool) -> list[StoredEvent]:
    """As many events as fit into a reply of 1 MB, from the side that the page begins at."""
    size = 0
    for count, event in enumerate(events if is_forward else reversed(events)):
        size += len(event.message) + EVENT_OVERHEAD_BYTES
        if size > MAXIMUM_BATCH_BYTES and count:
            return events[:count] if is_forward else events[-count:]
    return events
