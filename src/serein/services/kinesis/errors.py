"""The errors of Kinesis, with AWS's messages."""

from serein.kernel.errors import AwsError, ValidationFailed


class ResourceNotFoundException(AwsError):
    """The requested resource could not be found."""


class ResourceInUseException(AwsError):
    """The resource is not available for this operation."""


class LimitExceededException(AwsError):
    """The requested resource exceeds the maximum number allowed."""


class InvalidArgumentException(AwsError):
    """A specified parameter exceeds its restrictions, is not supported, or can't be used."""


class ExpiredIteratorException(AwsError):
    """The provided iterator exceeds the maximum age allowed."""


class ExpiredNextTokenException(AwsError):
    """The pagination token passed to the operation is expired."""


class ProvisionedThroughputExceededException(AwsError):
    """The request rate for the stream is too high."""


class DryRunOperationException(AwsError):
    """Request would have succeeded, but DryRun flag is set."""


class AccessDeniedException(AwsError):
    """You do not have permission to perform this operation."""


class ValidationException(ValidationFailed):
    """The request does not satisfy the constraints of the operation."""


def missing_member(path: str) -> ValidationException:
    """AWS's sentence for a member that isn't there."""
    return ValidationException(
        f"1 validation error detected: Value null at '{path}' failed to satisfy constraint: Member must not be null"
    )
