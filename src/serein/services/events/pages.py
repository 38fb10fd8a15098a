"""Pages of lists in the order of names."""

from collections.abc import Callable
from typing import Any, TypeVar

from serein.kernel.operation import Reply, Request
from serein.kernel.paging import find_position, page_token
from serein.services.events.errors import ValidationException

MOST = 100
T = TypeVar("T")


def require_position(request: Request) -> str:
    """After which name the page starts. Raises ValidationException."""
    token = request.get("NextToken")
    if not token:
        return ""
    position = find_position(token)
    if not isinstance(position, str):
        raise ValidationException("Parameter nextToken is not valid.")
    return position


def limit_of(request: Request) -> int:
    return int(request.get("Limit", MOST))


def page(
    request: Request, member: str, found: list[T], name_of: Callable[[T], str], shown: Callable[[T], Any]
) -> Reply:
    """A page of what was found from its position on; whatever is over the limit makes a token."""
    limit = limit_of(request)
    reply: Reply = {member: [shown(each) for each in found[:limit]]}
    if len(found) > limit:
        reply["NextToken"] = page_token(name_of(found[limit - 1]))
    return reply
