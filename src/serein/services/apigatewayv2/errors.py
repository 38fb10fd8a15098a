"""The errors of API Gateway's control plane, with its messages."""

from serein.kernel.errors import AwsError
from serein.kernel.scope import Scope


class BadRequestException(AwsError):
    """Invalid request body"""


class AccessDeniedException(AwsError):
    """You do not have sufficient access to perform this action."""

    status = 403


class NotFoundException(AwsError):
    """The resource specified in the request was not found."""

    status = 404


class ConflictException(AwsError):
    """The requested operation would cause a conflict with the current state of a service resource."""

    status = 409


class TooManyRequestsException(AwsError):
    """A limit has been exceeded."""

    status = 429


class GoneException(AwsError):
    """The connection with the provided id no longer exists."""

    status = 410


class LimitExceededException(AwsError):
    """The WebSocket client side buffer is full."""

    status = 429


def api_not_found(scope: Scope, api_id: str) -> NotFoundException:
    return NotFoundException(f"Invalid API identifier specified {scope.account}:{api_id}")


def part_not_found(kind: str) -> NotFoundException:
    """`kind` as AWS says it: Route, Integration, Deployment, Stage."""
    return NotFoundException(f"Invalid {kind} identifier specified")
