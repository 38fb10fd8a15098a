"""Tokens of pages."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.operation import Request
from serein.kernel.paging import find_position, page_token
from serein.services.cloudwatch.errors import InvalidNextToken


def token_of(call: Call, position: tuple[Any, ...]) -> str:
    """A token that says after what the next page of an operation begins."""
    return page_token([call.operation, *position])


def parse_position(call: Call, request: Request, types: tuple[type, ...]) -> tuple[Any, ...] | None:
    """Where a request's page begins; None for the first one. Raises InvalidNextToken."""
    token = request.get("NextToken")
    if not token:
        return None
    found = find_position(token)
    if not isinstance(found, list) or found[:1] != [call.operation] or tuple(map(type, found[1:])) != types:
        raise InvalidNextToken("The service cannot process the request because the next token is invalid.")
    return tuple(found[1:])
