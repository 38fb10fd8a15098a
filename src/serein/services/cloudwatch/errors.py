"""The errors of CloudWatch, with AWS's codes and messages."""

from serein.kernel.errors import AwsError, ValidationFailed


class ValidationError(ValidationFailed):
    """A value breaks a rule."""

    code = "ValidationError"


class InvalidParameterValueException(AwsError):
    """The value of an input parameter is bad or out-of-range."""

    code = "InvalidParameterValue"


class InvalidParameterCombinationException(AwsError):
    """Parameters were used together that cannot be used together."""

    code = "InvalidParameterCombination"


class MissingRequiredParameterException(AwsError):
    """An input parameter that is required is missing."""

    code = "MissingParameter"


class InvalidNextToken(AwsError):
    """The next token specified is invalid."""


class InvalidFormatFault(AwsError):
    """Data was not syntactically valid JSON."""

    code = "InvalidFormat"


class LimitExceededFault(AwsError):
    """The quota for alarms for this customer has already been reached."""

    code = "LimitExceeded"


class ResourceNotFound(AwsError):
    """The named resource does not exist."""

    status = 404


class ResourceNotFoundException(AwsError):
    """The named resource does not exist."""

    status = 404


class DashboardNotFoundError(AwsError):
    """The specified dashboard does not exist."""

    code = "ResourceNotFound"
    status = 404


class DashboardInvalidInputError(AwsError):
    """Some part of the dashboard data is invalid."""

    code = "InvalidParameterInput"
