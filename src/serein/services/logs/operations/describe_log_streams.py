"""DescribeLogStreams: list a group's streams by name or by the time of their last event."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import find_position, page_token
from serein.services.logs import store
from serein.services.logs.errors import InvalidParameterException
from serein.services.logs.groups import LogStream, group_name_of, stream_reply


@operation("DescribeLogStreams")
async def describe_log_streams(call: Call, request: Request) -> Reply:
    group_name = group_name_of(request)
    prefix, limit = request.get("logStreamNamePrefix", ""), request.get("limit", 50)
    is_by_time = request.get("orderBy") == "LastEventTime"
    if is_by_time and prefix:
        raise InvalidParameterException("Cannot order by LastEventTime with a logStreamNamePrefix.")
    is_descending = request.get("descending", False)
    after = _position(request.get("nextToken"), is_by_time=is_by_time)

    def read(tx: Transaction) -> list[LogStream]:
        group = store.require_group(tx, call.scope, group_name)
        if is_by_time:
            place = None if after is None else (after[0], after[1])
            return store.list_streams_by_time(tx, group.id, place, limit + 1, is_descending=is_descending)
        last = None if after is None else after[0]
        return store.list_streams(tx, group.id, prefix, last, limit + 1, is_descending=is_descending)

    streams = await call.read(read)
    reply: Reply = {"logStreams": [stream_reply(call.scope, group_name, stream) for stream in streams[:limit]]}
    if len(streams) > limit:
        last = streams[limit - 1]
        reply["nextToken"] = page_token([last.last_event_ms, last.name] if is_by_time else [last.name])
    return reply


def _position(token: str | None, *, is_by_time: bool) -> list[Any] | None:
    if token is None:
        return None
    position = find_position(token)
    kinds = [int, str] if is_by_time else [str]
    if not isinstance(position, list) or [type(part) for part in position] != kinds:
        raise InvalidParameterException("The specified nextToken is invalid.")
    return position
