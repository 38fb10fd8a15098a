"""Pages of lists that are short enough to be read whole."""

from collections.abc import Sequence
from typing import Any

from serein.kernel.operation import Reply, Request
from serein.kernel.paging import find_position, page_token
from serein.services.cloudformation.errors import ValidationError

_PAGE = 100


def page_of(member: str, items: Sequence[Any], request: Request, size: int = _PAGE) -> Reply:
    """The page of `items` that a request asks for, as a reply's `member`. Raises ValidationError."""
    start = find_position(request["NextToken"]) if "NextToken" in request else 0
    if not isinstance(start, int) or start < 0:
        raise ValidationError("NextToken is not valid")
    end = start + request.get("MaxResults", size)
    reply: Reply = {member: list(items[start:end])}
    if len(items) > end:
        reply["NextToken"] = page_token(end)
    return reply
