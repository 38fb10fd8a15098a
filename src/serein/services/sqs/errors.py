"""The errors of SQS, with AWS's messages. The wire layer maps them to the codes that query clients know."""

from serein.kernel.errors import AwsError


class QueueDoesNotExist(AwsError):
    """The specified queue does not exist."""

    query_message = "The specified queue does not exist for this wsdl version."


class QueueDeletedRecently(AwsError):
    """You must wait 60 seconds after deleting a queue before you can create another with the same name."""


class QueueNameExists(AwsError):
    """A queue already exists with the same name and a different value for attribute {name}"""


class PurgeQueueInProgress(AwsError):
    """Only one PurgeQueue operation on {name} is allowed every 60 seconds."""

    status = 403


class InvalidAddress(AwsError):
    """The address {url} is not valid for this endpoint."""

    status = 404


class InvalidAttributeName(AwsError):
    """The specified attribute doesn't exist."""


class InvalidAttributeValue(AwsError):
    """A queue attribute value is invalid."""


class InvalidMessageContents(AwsError):
    """The message contains characters outside the allowed set."""


class InvalidParameterValue(AwsError):
    """A parameter's value is invalid."""

    code = "InvalidParameterValueException"
    query_code = "InvalidParameterValue"


class MissingParameter(AwsError):
    """The request must contain a parameter that is missing."""

    code = "MissingRequiredParameterException"
    query_code = "MissingParameter"


class AccessDenied(AwsError):
    """Access to the resource is denied."""

    code = "AccessDeniedException"
    query_code = "AccessDenied"
    status = 403


class UnsupportedOperation(AwsError):
    """Unsupported operation."""


class OverLimit(AwsError):
    """The specified action violates a limit."""


class RequestThrottled(AwsError):
    """Request is throttled."""


class ReceiptHandleIsInvalid(AwsError):
    """The specified receipt handle isn't valid."""


class ResourceNotFoundException(AwsError):
    """The resource that you specified for the SourceArn parameter doesn't exist."""

    status = 404


class EmptyBatchRequest(AwsError):
    """There should be at least one {entry} in the request."""


class TooManyEntriesInBatchRequest(AwsError):
    """Maximum number of entries per request are 10."""


class BatchEntryIdsNotDistinct(AwsError):
    """Id {id} repeated."""


class InvalidBatchEntryId(AwsError):
    """A batch entry id can only contain alphanumeric characters, hyphens and underscores. \
It can be at most 80 letters long."""


class BatchRequestTooLong(AwsError):
    """Batch requests cannot be longer than 1048576 bytes."""


def invalid_value(value: object, parameter: str, reason: str) -> InvalidParameterValue:
    """AWS's sentence for a parameter that it refuses."""
    return InvalidParameterValue(f"Value {value} for parameter {parameter} is invalid. Reason: {reason}")


def missing_parameter(name: str) -> MissingParameter:
    """AWS's sentence for a parameter that isn't there."""
    return MissingParameter(f"The request must contain the parameter {name}.")
