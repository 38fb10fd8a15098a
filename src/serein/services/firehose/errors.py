"""The errors of Firehose, with AWS's messages."""

from serein.kernel.errors import AwsError, ValidationFailed
from serein.kernel.scope import Scope


class ResourceNotFoundException(AwsError):
    """The specified resource could not be found."""


class ResourceInUseException(AwsError):
    """The resource is already in use and not available for this operation."""


class LimitExceededException(AwsError):
    """You have already reached the limit for a requested resource."""


class InvalidArgumentException(AwsError):
    """The specified input parameter has a value that is not valid."""


class ConcurrentModificationException(AwsError):
    """Another modification has already happened."""


class ValidationException(ValidationFailed):
    """The request does not satisfy the constraints of the operation."""


class DeliveryFailed(AwsError):
    """What a destination or a function made of a delivery; the code is the one of AWS's error logs."""

    status = 500

    def __init__(self, error_code: str, message: str, *, is_final: bool = False) -> None:
        """`is_final` when another attempt would be in vain."""
        super().__init__(message)
        self.error_code = error_code
        self.is_final = is_final


def stream_not_found(name: str, scope: Scope) -> ResourceNotFoundException:
    return ResourceNotFoundException(f"Firehose {name} not found under account {scope.account}.")
