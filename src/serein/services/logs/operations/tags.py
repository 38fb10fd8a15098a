"""The tags of log groups, by the group's name (older API) and by ARN (newer API)."""

from collections.abc import Callable

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.logs import store
from serein.services.logs.errors import (
    InvalidParameterException,
    ResourceNotFoundException,
    TooManyTagsException,
)
from serein.services.logs.groups import MAXIMUM_TAGS, name_in

Tags = dict[str, str]


@operation("TagLogGroup")
async def tag_log_group(call: Call, request: Request) -> Reply:
    return await _change(call, request["logGroupName"], lambda tags: {**tags, **request["tags"]})


@operation("UntagLogGroup")
async def untag_log_group(call: Call, request: Request) -> Reply:
    return await _change(call, request["logGroupName"], lambda tags: _without(tags, request["tags"]))


@operation("ListTagsLogGroup")
async def list_tags_log_group(call: Call, request: Request) -> Reply:
    return await _list(call, request["logGroupName"])


@operation("TagResource", partial="only log groups can be tagged")
async def tag_resource(call: Call, request: Request) -> Reply:
    return await _change(call, _named(request), lambda tags: {**tags, **request["tags"]})


@operation("UntagResource", partial="only log groups can be tagged")
async def untag_resource(call: Call, request: Request) -> Reply:
    return await _change(call, _named(request), lambda tags: _without(tags, request["tagKeys"]))


@operation("ListTagsForResource", partial="only log groups can be tagged")
async def list_tags_for_resource(call: Call, request: Request) -> Reply:
    return await _list(call, _named(request))


def _named(request: Request) -> str:
    arn = find_arn(request["resourceArn"])
    if arn is None:
        raise InvalidParameterException("The specified resource ARN is invalid.")
    if not arn.resource.startswith("log-group:"):
        raise ResourceNotFoundException("The specified resource does not exist.")
    return name_in(str(arn))


def _without(tags: Tags, keys: list[str]) -> Tags:
    return {key: value for key, value in tags.items() if key not in keys}


async def _change(call: Call, group_name: str, change: Callable[[Tags], Tags]) -> Reply:
    def update(tx: Transaction) -> None:
        group = store.require_group(tx, call.scope, group_name)
        tags = change(group.tags)
        if len(tags) > MAXIMUM_TAGS:
            raise TooManyTagsException
        store.update_group(tx, group, group.retention_days, tags, is_protected=group.is_protected)

    await call.write(update)
    return {}


async def _list(call: Call, group_name: str) -> Reply:
    group = await call.read(lambda tx: store.require_group(tx, call.scope, group_name))
    return {"tags": group.tags}
