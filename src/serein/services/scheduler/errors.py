"""EventBridge Scheduler's errors."""

from serein.kernel.errors import AwsError


class ValidationException(AwsError):
    """The input fails to satisfy the constraints specified by an AWS service."""


class ConflictException(AwsError):
    """Updating or deleting the resource can cause an inconsistent state."""

    status = 409


class ResourceNotFoundException(AwsError):
    """The request references a resource which does not exist."""

    status = 404
