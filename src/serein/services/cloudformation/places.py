"""Where a page of stacks starts."""

from serein.kernel.operation import Request
from serein.kernel.paging import find_position
from serein.services.cloudformation.errors import ValidationError


def find_place(request: Request) -> tuple[float, str] | None:
    """When the last stack of the page before was made, and its id; None for the first page. Raises ValidationError."""
    if "NextToken" not in request:
        return None
    place = find_position(request["NextToken"])
    if not isinstance(place, list) or len(place) != 2:
        raise ValidationError("NextToken is not valid")
    created_at, stack_id = place
    if not isinstance(created_at, int | float) or not isinstance(stack_id, str):
        raise ValidationError("NextToken is not valid")
    return created_at, stack_id
