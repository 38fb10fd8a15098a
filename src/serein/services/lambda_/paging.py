"""Markers of Lambda's lists."""

from serein.kernel.paging import find_position, page_token
from serein.services.lambda_.errors import invalid


def find_place(marker: str | None) -> str | None:
    """The name after which a page starts; None for the first page. Raises InvalidParameterValueException."""
    if not marker:
        return None
    place = find_position(marker)
    if not isinstance(place, str):
        raise invalid("Invalid pagination token")
    return place


def place_token(last: str) -> str:
    return page_token(last)
