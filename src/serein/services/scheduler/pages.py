"""Pages of lists."""

from typing import Any

from serein.kernel.operation import Reply
from serein.kernel.paging import find_position, page_token
from serein.services.scheduler.errors import ValidationException


def parse_position(token: str | None, width: int) -> list[str]:
    """Where a page starts: `width` texts. Raises ValidationException."""
    if token is None:
        return [""] * width
    found = find_position(token)
    if not isinstance(found, list) or len(found) != width or not all(isinstance(part, str) for part in found):
        raise ValidationException("Invalid NextToken.")
    return found


def page_of(member: str, found: list[tuple[dict[str, Any], tuple[str, ...]]], limit: int) -> Reply:
    """A reply with what was found, each with its place; one more than `limit` means that there is a further page."""
    reply: Reply = {member: [shown for shown, _ in found[:limit]]}
    if len(found) > limit:
        reply["NextToken"] = page_token(list(found[limit - 1][1]))
    return reply
