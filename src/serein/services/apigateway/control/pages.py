"""Pages of lists: `position` and `limit`."""

from collections.abc import Callable
from typing import Any

from serein.kernel.operation import Reply, Request
from serein.kernel.paging import find_position, page_token
from serein.services.apigateway.errors import BadRequestException

_DEFAULT, _MOST = 25, 500


def page_of(found: list[dict[str, Any]], key: Callable[[dict[str, Any]], str], request: Request) -> Reply:
    """A page of what was found, which is in the order of its keys.

    Raises BadRequestException for a malformed limit or position.
    """
    limit = request.get("limit")
    if limit is None:
        limit = _DEFAULT
    if limit < 1:
        raise BadRequestException("Invalid value for limit. It must be greater than 0")
    limit = min(limit, _MOST)
    if request.get("position"):
        after = find_position(request["position"])
        if not isinstance(after, str):
            raise BadRequestException("Invalid position parameter specified")
        found = [item for item in found if key(item) > after]
    reply: Reply = {"items": found[:limit]}
    if len(found) > limit:
        reply["position"] = page_token(key(found[limit - 1]))
    return reply
