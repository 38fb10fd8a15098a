"""Pages of lists: MaxResults and NextToken."""

from typing import Any

from serein.kernel.paging import find_position, page_token
from serein.services.apigatewayv2.errors import BadRequestException

LARGEST_PAGE = 500


def page_size(text: str | None) -> int:
    """MaxResults, which AWS's model has as text."""
    if text is None:
        return LARGEST_PAGE
    if not text.isdigit() or not 1 <= int(text) <= LARGEST_PAGE:
        raise BadRequestException(f"maxResults must be a number between 1 and {LARGEST_PAGE}")
    return int(text)


def start_of_page(token: str | None) -> str:
    """The id that a page's items follow."""
    if not token:
        return ""
    position = find_position(token)
    if not isinstance(position, str):
        raise BadRequestException("Invalid nextToken")
    return position


def token_after(last_id: str) -> str:
    return page_token(last_id)


def page_of(items: list[dict[str, Any]], id_member: str, request: dict[str, Any]) -> dict[str, Any]:
    """The page of `items` (sorted by their ids) that a request asks for."""
    limit, after = page_size(request.get("MaxResults")), start_of_page(request.get("NextToken"))
    rest = [item for item in items if item[id_member] > after]
    page: dict[str, Any] = {"Items": rest[:limit]}
    if len(rest) > limit:
        page["NextToken"] = token_after(rest[limit - 1][id_member])
    return page
