"""The errors of API Gateway's control plane for REST APIs, with its messages."""

from serein.kernel.errors import AwsError


class BadRequestException(AwsError):
    """Invalid request body"""


class NotFoundException(AwsError):
    """The requested resource was not found."""

    status = 404


class ConflictException(AwsError):
    """The requested operation would cause a conflict with the current state of a service resource."""

    status = 409


class LimitExceededException(AwsError):
    """The request exceeded the rate limit."""

    status = 429


class TooManyRequestsException(AwsError):
    """Too Many Requests"""

    status = 429


def not_found(kind: str) -> NotFoundException:
    """`kind` as AWS says it in `Invalid Resource identifier specified`."""
    return NotFoundException(f"Invalid {kind} identifier specified")


def api_not_found(account: str, api_id: str) -> NotFoundException:
    return NotFoundException(f"Invalid API identifier specified {account}:{api_id}")


def require_room(count: int, most: int, kind: str) -> None:
    """Raises LimitExceededException when an API has as many of a kind as it may have."""
    if count >= most:
        raise LimitExceededException(
            f"Maximum number of {kind} for this API has been reached. Please contact AWS if you need additional {kind}."
        )
