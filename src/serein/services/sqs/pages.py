"""Pages of queue names."""

from serein.kernel.operation import Request
from serein.kernel.paging import find_position, page_token
from serein.services.sqs.errors import InvalidParameterValue, invalid_value

MOST = 1000


def require_page(request: Request) -> tuple[int | None, str]:
    """How many queues are wanted, if that was said, and after which name. Raises InvalidParameterValue."""
    limit: int | None = request.get("MaxResults")
    if limit is not None and not 1 <= limit <= MOST:
        raise invalid_value(limit, "MaxResults", f"MaxResults must be an integer between 1 and {MOST}.")
    token = request.get("NextToken")
    if not token:
        return limit, ""
    if limit is None:
        raise InvalidParameterValue("MaxResults is a mandatory parameter when you provide a value for NextToken.")
    after = find_position(token)
    if not isinstance(after, str):
        raise InvalidParameterValue("Invalid or expired next token.")
    return limit, after


def page_of(names: list[str], limit: int | None) -> tuple[list[str], dict[str, str]]:
    """Cut names, one more of which was read than fits, to a page; return it and the token for the next.

    AWS: without MaxResults there is no token, however many queues there are.
    """
    page = names[: limit or MOST]
    has_more = limit is not None and len(names) > limit
    return page, {"NextToken": page_token(page[-1])} if has_more else {}
