"""Page tokens, which are good for five minutes."""

from typing import Any

from serein.kernel.paging import find_position, page_token
from serein.services.kinesis.errors import ExpiredNextTokenException, InvalidArgumentException

_LIFE_SECONDS = 300.0


def next_token(operation: str, position: Any, now: float) -> str:
    """A token that is given out now, for a JSON value that says where the next page starts."""
    return page_token([operation, now, position])


def require_page(operation: str, token: str, now: float) -> Any:
    """What `next_token` was given. Raises InvalidArgumentException and ExpiredNextTokenException."""
    found = find_position(token)
    if not isinstance(found, list) or len(found) != 3 or found[0] != operation or not isinstance(found[1], int | float):
        raise InvalidArgumentException("NextToken is invalid.")
    if now - found[1] > _LIFE_SECONDS:
        raise ExpiredNextTokenException("NextToken is expired: a token is good for 300 seconds.")
    return found[2]
