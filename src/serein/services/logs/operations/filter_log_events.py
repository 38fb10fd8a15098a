"""FilterLogEvents: the events of a group, its streams interleaved, that a filter pattern selects."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import find_position, page_token
from serein.services.logs import store
from serein.services.logs.errors import InvalidParameterException
from serein.services.logs.events import EVENT_OVERHEAD_BYTES, MAXIMUM_BATCH_BYTES, StoredEvent
from serein.services.logs.filter_patterns import compile_pattern
from serein.services.logs.groups import group_name_of

_MAXIMUM_EVENTS = 10_000
_MAXIMUM_SCANNED = 50_000
_PAGE = 1_000
_STREAMS_IN_SQL = 100
_END_OF_TIME = 1 << 62
_EARLIEST_BACKWARD_START = 1_704_067_200_000


@dataclass(slots=True)
class _Scan:
    """Where to look, and in which direction."""

    group_id: int
    streams: dict[int, str]
    window: tuple[int, int]
    position: tuple[int, int, int] | None
    is_forward: bool

    def read(self, tx: Transaction) -> list[StoredEvent]:
        only: Sequence[int] | None = list(self.streams) if len(self.streams) <= _STREAMS_IN_SQL else None
        return store.events_of_group(
            tx, self.group_id, only, self.window, self.position, _PAGE, is_forward=self.is_forward
        )


@operation("FilterLogEvents", stored=("interleaved", "unmask"))
async def filter_log_events(call: Call, request: Request) -> Reply:
    """A page ends at `limit` events, at 1 MB or when enough was searched; it may be empty and have a successor."""
    scan = await _scan_of(call, request)
    selects = compile_pattern(request.get("filterPattern", ""))
    limit = request.get("limit", _MAXIMUM_EVENTS)
    found: list[dict[str, Any]] = []
    size = scanned = 0
    while scan.streams and scanned < _MAXIMUM_SCANNED:
        page = await call.read(scan.read)
        for event in page:
            if event.stream_id in scan.streams and (selects is None or selects(event.message)):
                size += len(event.message) + EVENT_OVERHEAD_BYTES
                if len(found) == limit or (found and size > MAXIMUM_BATCH_BYTES):
                    return _page(found, scan)
                found.append(_reply(event, scan.streams[event.stream_id]))
            scan.position = (event.timestamp_ms, event.stream_id, event.sequence)
        scanned += len(page)
        if len(page) < _PAGE:
            return {"events": found, "searchedLogStreams": []}
        await asyncio.sleep(0)
    return _page(found, scan) if scan.streams else {"events": [], "searchedLogStreams": []}


async def _scan_of(call: Call, request: Request) -> _Scan:
    names, prefix = request.get("logStreamNames", []), request.get("logStreamNamePrefix", "")
    if names and prefix:
        raise InvalidParameterException("logStreamNames and logStreamNamePrefix cannot both be specified.")
    group_name = group_name_of(request)
    start, end = request.get("startTime", 0), request.get("endTime", _END_OF_TIME)
    is_forward, position = request.get("startFromHead", True), None
    if "nextToken" in request:
        is_forward, position = _position(request["nextToken"])
    if not is_forward and start and start < _EARLIEST_BACKWARD_START:
        raise InvalidParameterException("startFromHead can be false only when startTime is on or after 2024-01-01.")

    def read(tx: Transaction) -> _Scan:
        group = store.require_group(tx, call.scope, group_name)
        streams = store.streams_named(tx, group.id, names, prefix)
        # AWS: unlike GetLogEvents, endTime is inclusive here (API reference, FilterLogEvents).
        window = (max(start, group.oldest_ms(tx.now)), end + 1)
        return _Scan(group.id, streams, window, position, is_forward)

    return await call.read(read)


def _position(token: str) -> tuple[bool, tuple[int, int, int]]:
    parts = find_position(token)
    if not isinstance(parts, list) or len(parts) != 4 or not all(isinstance(part, int) for part in parts):
        raise InvalidParameterException("The specified nextToken is invalid.")
    return bool(parts[0]), (parts[1], parts[2], parts[3])


def _page(found: list[dict[str, Any]], scan: _Scan) -> Reply:
    token = page_token([int(scan.is_forward), *(scan.position or (0, 0, 0))])
    return {"events": found, "searchedLogStreams": [], "nextToken": token}


def _reply(event: StoredEvent, stream_name: str) -> dict[str, Any]:
    return {
        "logStreamName": stream_name,
        "timestamp": event.timestamp_ms,
        "message": event.message,
        "ingestionTime": event.ingested_ms,
        "eventId": event.event_id,
    }
