"""DynamoDB Streams' errors, with AWS's messages."""

from serein.kernel.errors import AwsError


class ValidationException(AwsError):
    """One or more parameter values were invalid"""


class ResourceNotFoundException(AwsError):
    """Requested resource not found"""


class ExpiredIteratorException(AwsError):
    """Iterator expired"""


class TrimmedDataAccessException(AwsError):
    """The operation attempted to read past the oldest stream record in a shard."""
