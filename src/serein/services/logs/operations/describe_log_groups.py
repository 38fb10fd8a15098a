"""DescribeLogGroups: list log groups by name."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import page_token
from serein.services.logs import store
from serein.services.logs.errors import InvalidParameterException
from serein.services.logs.groups import LogGroup, group_reply, name_in, position_of

_PAGE = 200


@operation("DescribeLogGroups", partial="accounts other than the caller's can't be listed")
async def describe_log_groups(call: Call, request: Request) -> Reply:
    prefix, pattern = request.get("logGroupNamePrefix", ""), request.get("logGroupNamePattern", "")
    if prefix and pattern:
        raise InvalidParameterException(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters."
        )
    if request.get("includeLinkedAccounts") or request.get("accountIdentifiers"):
        raise NotImplementedHere("Serein does not list log groups of linked accounts")
    if identifiers := request.get("logGroupIdentifiers"):
        return await _describe_named(call, [name_in(identifier) for identifier in identifiers])
    after = position_of(request.get("nextToken"))
    limit = request.get("limit", 50)
    log_class = request.get("logGroupClass")

    def read(tx: Transaction) -> tuple[list[dict[str, Any]], str]:
        found: list[LogGroup] = []
        last = after
        while len(found) <= limit:
            page = store.list_groups(tx, call.scope, last, prefix, _PAGE)
            found += [each for each in page if pattern in each.name and log_class in (None, each.log_class)]
            if len(page) < _PAGE:
                break
            last = page[-1].name
        replies = [group_reply(call.scope, group, store.bytes_of_group(tx, group.id)) for group in found[:limit]]
        return replies, found[limit - 1].name if len(found) > limit else ""

    groups, last = await call.read(read)
    return {"logGroups": groups, "nextToken": page_token(last)} if last else {"logGroups": groups}


async def _describe_named(call: Call, names: list[str]) -> Reply:
    def read(tx: Transaction) -> list[dict[str, Any]]:
        found = [store.find_group(tx, call.scope, name) for name in sorted(names)]
        return [group_reply(call.scope, each, store.bytes_of_group(tx, each.id)) for each in found if each is not None]

    return {"logGroups": await call.read(read)}
