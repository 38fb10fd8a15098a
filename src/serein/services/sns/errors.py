"""The errors of SNS, with AWS's codes and messages."""

from serein.kernel.errors import AwsError


class NotFound(AwsError):
    """Topic does not exist"""

    status = 404


class ResourceNotFound(AwsError):
    """Resource does not exist"""

    status = 404


class AuthorizationError(AwsError):
    """The caller doesn't have permission to the resource."""

    status = 403


class InvalidParameter(AwsError):
    """Invalid parameter"""


class ParameterValueInvalid(AwsError):
    """The parameter of an entry in a request doesn't abide by the specification."""


class ValidationError(AwsError):
    """A member is missing."""


class TagLimitExceeded(AwsError):
    """Could not complete request: tag quota of per resource exceeded"""


class EmptyBatchRequest(AwsError):
    """The batch request doesn't contain any entries."""


class TooManyEntriesInBatchRequest(AwsError):
    """The batch request contains more entries than permissible."""


class BatchEntryIdsNotDistinct(AwsError):
    """Two or more batch entries in the request have the same Id."""


class BatchRequestTooLong(AwsError):
    """The length of all the messages put together is more than the limit."""


class InvalidBatchEntryId(AwsError):
    """The Id of a batch entry in the batch request is impermissible."""


class OptedOut(AwsError):
    """The phone number is opted out."""


class UserError(AwsError):
    """The request parameter doesn't comply with the associated constraints."""


class VerificationException(AwsError):
    """The one-time password (OTP) used for verification is invalid."""


class InvalidState(AwsError):
    """The specified state is not a valid state for an event source."""


class EndpointDisabled(AwsError):
    """Endpoint is disabled"""


class EndpointRefused(AwsError):
    """The endpoint doesn't want the message."""


class EndpointFailed(AwsError):
    """The endpoint can't be reached, or fails."""

    status = 503


def invalid(what: str, reason: str = "") -> InvalidParameter:
    """AWS's sentence for a parameter that it refuses."""
    return InvalidParameter(f"Invalid parameter: {what}" + (f" Reason: {reason}" if reason else ""))


def missing(member: str) -> ValidationError:
    """AWS's sentence for a member that isn't there."""
    return ValidationError(
        f"1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
    )
