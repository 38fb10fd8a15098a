"""The most of something that one reply may hold, which the API model doesn't say."""

from serein.kernel.operation import Request
from serein.services.dynamodbstreams.errors import ValidationException


def limit_of(request: Request, most: int) -> int:
    """The request's Limit, or the most there may be. Raises ValidationException when it is more than that."""
    limit: int = request.get("Limit", most)
    if limit > most:
        raise ValidationException(
            f"1 validation error detected: Value '{limit}' at 'limit' failed to satisfy constraint: "
            f"Member must have value less than or equal to {most}"
        )
    return limit
