"""Tokens of pages."""

from typing import TypeVar

from serein.kernel.call import Call
from serein.kernel.operation import Request
from serein.kernel.paging import find_position, page_token
from serein.services.codedeploy.errors import InvalidNextTokenException

MOST = 100
"""What a page has at most."""
P = TypeVar("P", str, int)


def token_of(call: Call, position: str | int) -> str:
    """A token that says after what the next page of an operation begins."""
    return page_token([call.operation, position])


def parse_position(call: Call, request: Request, kind: type[P]) -> P | None:
    """Where a request's page begins; None for the first one. Raises InvalidNextTokenException."""
    token = request.get("nextToken")
    if not token:
        return None
    found = find_position(token)
    if not isinstance(found, list) or len(found) != 2 or found[0] != call.operation or type(found[1]) is not kind:
        raise InvalidNextTokenException(f"Invalid nextToken: {token}")
    position: P = found[1]
    return position
