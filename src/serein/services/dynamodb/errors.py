"""DynamoDB's errors, with AWS's messages."""

from serein.kernel.errors import AwsError


class ValidationException(AwsError):
    """One or more parameter values were invalid"""


class ResourceNotFoundException(AwsError):
    """Requested resource not found"""


class ResourceInUseException(AwsError):
    """The operation conflicts with the resource's availability"""


class TableNotFoundException(AwsError):
    """A source table with the given name does not exist"""


class ConditionalCheckFailedException(AwsError):
    """The conditional request failed"""


class TransactionCanceledException(AwsError):
    """Transaction cancelled, please refer cancellation reasons for specific reasons"""


class IdempotentParameterMismatchException(AwsError):
    """The request uses the same client token as a previous, but non-identical request."""


class LimitExceededException(AwsError):
    """Too many operations for a given subscriber"""


class ItemCollectionSizeLimitExceededException(AwsError):
    """Collection size exceeded."""


class AccessDeniedException(AwsError):
    """The caller may not perform this operation"""


class ExpiredIteratorException(AwsError):
    """Iterator expired"""


class TrimmedDataAccessException(AwsError):
    """Attempt to access trimmed data"""
