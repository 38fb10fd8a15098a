"""Pages of a hundred, in the order of ARNs."""

from serein.kernel.operation import Request
from serein.kernel.paging import find_position, page_token
from serein.services.sns.errors import invalid

PAGE = 100


def require_position(request: Request) -> str:
    """After which ARN the page starts. Raises InvalidParameter."""
    token = request.get("NextToken")
    if not token:
        return ""
    position = find_position(token)
    if not isinstance(position, str):
        raise invalid("NextToken")
    return position


def next_token(keys: list[str], page: int = PAGE) -> dict[str, str]:
    """The token for the next page, when one more key was read than fits."""
    return {"NextToken": page_token(keys[page - 1])} if len(keys) > page else {}
