"""Pages of names in their order."""

from serein.kernel.call import Call
from serein.kernel.operation import Request
from serein.kernel.paging import find_position, page_token
from serein.services.secretsmanager.errors import InvalidNextTokenException


def page_of(call: Call, request: Request, names: list[str], most: int) -> tuple[list[str], str | None]:
    """The names of the page that a request wants, and the token of the next one. Raises InvalidNextTokenException."""
    start = 0
    if "NextToken" in request:
        position = find_position(request["NextToken"])
        if not isinstance(position, list) or position[:1] != [call.operation] or len(position) != 2:
            raise InvalidNextTokenException
        if position[1] not in names:
            raise InvalidNextTokenException
        start = names.index(position[1]) + 1
    end = start + request.get("MaxResults", most)
    page = names[start:end]
    return page, page_token([call.operation, page[-1]]) if end < len(names) and page else None
