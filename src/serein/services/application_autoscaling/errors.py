"""The errors of Application Auto Scaling, with AWS's messages."""

from serein.kernel.errors import AwsError, ValidationFailed


class ObjectNotFoundException(AwsError):
    """The specified object could not be found."""


class ResourceNotFoundException(AwsError):
    """The specified resource doesn't exist."""


class LimitExceededException(AwsError):
    """A per-account resource limit is exceeded."""


class InvalidNextTokenException(AwsError):
    """The next token supplied was invalid."""


class TooManyTagsException(AwsError):
    """The request contains too many tags."""


class ValidationException(ValidationFailed):
    """An exception was thrown for a validation issue."""
