"""ListLogGroups: the log groups whose names, class and tags match."""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import page_token
from serein.services.logs import store
from serein.services.logs.groups import LogGroup, group_summary, position_of

_PAGE = 200


@operation(
    "ListLogGroups",
    partial="accounts other than the caller's can't be listed; there are no field indexes nor data sources to ask for",
)
async def list_log_groups(call: Call, request: Request) -> Reply:
    if request.get("includeLinkedAccounts") or request.get("accountIdentifiers"):
        raise NotImplementedHere("Serein does not list log groups of linked accounts")
    if request.get("dataSources") or request.get("fieldIndexNames"):
        raise NotImplementedHere("Serein has no data sources and no field indexes of log groups")
    after, limit = position_of(request.get("nextToken")), request.get("limit", 50)
    is_wanted = _filter_of(request)

    def read(tx: Transaction) -> tuple[list[dict[str, Any]], str]:
        found: list[LogGroup] = []
        last = after
        while len(found) <= limit:
            page = store.list_groups(tx, call.scope, last, "", _PAGE)
            found += filter(is_wanted, page)
            if len(page) < _PAGE:
                break
            last = page[-1].name
        replies = [group_summary(call.scope, group) for group in found[:limit]]
        return replies, found[limit - 1].name if len(found) > limit else ""

    groups, last = await call.read(read)
    return {"logGroups": groups, "nextToken": page_token(last)} if last else {"logGroups": groups}


def _filter_of(request: Request) -> Callable[[LogGroup], bool]:
    """Whether a group is one of those asked for."""
    # Why escaped: the model's pattern leaves `^` and `|` as the only signs of a regular expression.
    parts = [part for part in request.get("logGroupNamePattern", "").split("|") if part]
    name = re.compile("|".join(("^" if part[0] == "^" else "") + re.escape(part.lstrip("^")) for part in parts))
    log_class, tags = request.get("logGroupClass"), request.get("logGroupTags") or []

    def is_wanted(group: LogGroup) -> bool:
        if log_class not in (None, group.log_class) or not name.search(group.name):
            return False
        return all(_has_tag(group.tags, each["key"], each.get("values") or ["*"]) for each in tags)

    return is_wanted


def _has_tag(tags: dict[str, str], key: str, values: list[str]) -> bool:
    """Whether a group has a tag with one of these values: `prod*` is a prefix, `!prod` another value."""
    value = tags.get(key)
    if value is None:
        return False
    return any(fnmatchcase(value, each.removeprefix("!")) != each.startswith("!") for each in values)
