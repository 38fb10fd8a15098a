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

    size_bytes = 0
    """How large the item is that the condition was checked on."""


class DuplicateItemException(AwsError):
    """Duplicate primary key exists in table"""


class TransactionCanceledException(AwsError):
    """Transaction cancelled, please refer cancellation reasons for specific reasons"""


class IdempotentParameterMismatchException(AwsError):
    """The request uses the same client token as a previous, but non-identical request."""


class PolicyNotFoundException(AwsError):
    """Resource-based policy not found for the provided ResourceArn: Requested policy not found."""


class ProvisionedThroughputExceededException(AwsError):
    """The level of configured provisioned throughput for the table was exceeded."""


class ThrottlingException(AwsError):
    """Throughput exceeds the current capacity of your table or index."""


class RequestLimitExceeded(AwsError):
    """Throughput exceeds the current throughput limit for your account"""


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


class TableAlreadyExistsException(AwsError):
    """A target table with the specified name already exists."""


class TableInUseException(AwsError):
    """A target table with the specified name is either being created or deleted."""


class BackupNotFoundException(AwsError):
    """Backup not found for the given BackupARN."""


class BackupInUseException(AwsError):
    """There is another ongoing conflicting backup control plane operation on the table."""


class ContinuousBackupsUnavailableException(AwsError):
    """Backups have not yet been enabled for this table."""


class PointInTimeRecoveryUnavailableException(AwsError):
    """Point in time recovery has not yet been enabled for this source table."""


class InvalidRestoreTimeException(AwsError):
    """RestoreDateTime must be between EarliestRestorableDateTime and LatestRestorableDateTime."""


class InvalidExportTimeException(AwsError):
    """The specified ExportTime is outside of the point in time recovery window."""


class ExportConflictException(AwsError):
    """There was a conflict when writing to the specified S3 bucket."""


class ExportNotFoundException(AwsError):
    """The specified export was not found."""


class ImportConflictException(AwsError):
    """There was a conflict when importing from the specified S3 source."""


class ImportNotFoundException(AwsError):
    """The specified import was not found."""


class GlobalTableAlreadyExistsException(AwsError):
    """The specified global table already exists."""


class GlobalTableNotFoundException(AwsError):
    """The specified global table does not exist."""


class ReplicaAlreadyExistsException(AwsError):
    """The specified replica is already part of the global table."""


class ReplicaNotFoundException(AwsError):
    """The specified replica is no longer part of the global table."""


class IndexNotFoundException(AwsError):
    """The operation tried to access a nonexistent index."""
