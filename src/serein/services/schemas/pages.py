"""Pages of lists: at most a hundred at once, in the order of names."""

from collections.abc import Callable
from typing import Any, TypeVar

from serein.kernel.operation import Reply, Request
from serein.kernel.paging import find_position, page_token
from serein.services.schemas.errors import BadRequestException

_MOST = 100
_EVERYTHING = 2**31
T = TypeVar("T")


def limit_of(request: Request) -> int:
    """Raises BadRequestException."""
    limit: int = request.get("Limit", _MOST)
    if not 1 <= limit <= _MOST:
        raise BadRequestException(f"The limit must be from 1 to {_MOST}, not {limit}.")
    return limit


def name_after(request: Request) -> str:
    """After which name the page starts. Raises BadRequestException."""
    return _position(request, str, "")


def number_before(request: Request) -> int:
    """Below which number the page starts. Raises BadRequestException."""
    return _position(request, int, _EVERYTHING)


def _position(request: Request, kind: type[T], first: T) -> T:
    token = request.get("NextToken")
    if not token:
        return first
    found = find_position(token)
    if not isinstance(found, kind):
        raise BadRequestException("The next token is not valid.")
    return found


def page(
    member: str, found: list[T], limit: int, place_of: Callable[[T], str | int], shown: Callable[[T], Any]
) -> Reply:
    """A page of what was found from its position on; whatever is over the limit makes a token."""
    reply: Reply = {member: [shown(each) for each in found[:limit]]}
    if len(found) > limit:
        reply["NextToken"] = page_token(place_of(found[limit - 1]))
    return reply
