"""Pages of lists: their size, and where the next one begins."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from serein.kernel.operation import Reply
from serein.kernel.paging import find_position, page_token
from serein.services.stepfunctions.errors import InvalidToken

_SIZE = 100
T = TypeVar("T")
P = TypeVar("P", str, int)


def page_size(request: Mapping[str, Any]) -> int:
    """AWS: 0 is as good as nothing."""
    return int(request.get("maxResults") or _SIZE)


def position_of(request: Mapping[str, Any], first: P) -> P:
    """Where the page begins that a request asks for. Raises InvalidToken."""
    if "nextToken" not in request:
        return first
    position = find_position(request["nextToken"])
    if type(position) is not type(first):
        raise InvalidToken("Invalid Token: 'Invalid token'")
    found: P = position
    return found


def with_token(reply: Reply, found: Sequence[T], size: int, position: Callable[[T], Any]) -> Reply:
    """The reply, with the next page's token when more was found than a page takes."""
    if len(found) > size:
        reply["nextToken"] = page_token(position(found[size - 1]))
    return reply
