"""CloudWatch Logs' errors."""

from serein.kernel.errors import AwsError


class ResourceNotFoundException(AwsError):
    """The specified log group does not exist."""


class ResourceAlreadyExistsException(AwsError):
    """The specified log group already exists"""


class InvalidParameterException(AwsError):
    """A parameter is specified incorrectly."""


class LimitExceededException(AwsError):
    """Resource limit exceeded."""


class ValidationException(AwsError):
    """One of the parameters for the request is not valid."""


class TooManyTagsException(AwsError):
    """The resource exceeds the number of allowed tags"""


STREAM_MISSING = "The specified log stream does not exist."
STREAM_EXISTS = "The specified log stream already exists"
