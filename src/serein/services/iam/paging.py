"""IAM's way of listing in pages: Marker, MaxItems and IsTruncated."""

from collections.abc import Callable
from typing import Any, TypeVar

from serein.kernel.operation import Reply, Request
from serein.kernel.paging import find_position, page_token
from serein.services.iam.errors import ValidationError

T = TypeVar("T")
_DEFAULT_ITEMS = 100


def max_items(request: Request) -> int:
    return int(request.get("MaxItems", _DEFAULT_ITEMS))


def position(request: Request) -> str:
    """The key after which the page starts; empty for the first page. Raises ValidationError on a foreign marker."""
    marker = request.get("Marker")
    if not marker:
        return ""
    found = find_position(marker)
    if not isinstance(found, str):
        raise ValidationError(f"Invalid Marker: {marker}")
    return found


def page(request: Request, member: str, found: list[T], key: Callable[[T], str], show: Callable[[T], Any]) -> Reply:
    """The page of `found`, which starts at the page's first item and is ordered by `key`."""
    limit = max_items(request)
    shown = found[:limit]
    reply: Reply = {member: [show(item) for item in shown], "IsTruncated": len(found) > limit}
    if reply["IsTruncated"]:
        reply["Marker"] = page_token(key(shown[-1]))
    return reply


def page_of_all(
    request: Request, member: str, found: list[T], key: Callable[[T], str], show: Callable[[T], Any]
) -> Reply:
    """Like `page`, of a list that holds everything."""
    after = position(request)
    return page(request, member, [item for item in found if key(item) > after], key, show)


def page_of_numbered(request: Request, member: str, found: list[Any]) -> Reply:
    """A page of what has no names: the marker counts. Raises ValidationError on a foreign marker."""
    marker = request.get("Marker")
    start = find_position(marker) if marker else 0
    if not isinstance(start, int) or start < 0:
        raise ValidationError(f"Invalid Marker: {marker}")
    end = start + max_items(request)
    reply: Reply = {member: found[start:end], "IsTruncated": len(found) > end}
    return reply | {"Marker": page_token(end)} if len(found) > end else reply
