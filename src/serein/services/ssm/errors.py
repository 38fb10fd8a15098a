"""Parameter Store's errors, with AWS's messages."""

from serein.kernel.errors import AwsError, ValidationFailed


class ValidationException(ValidationFailed):
    """The request isn't valid."""


class ParameterNotFound(AwsError):
    """The parameter couldn't be found. Verify the name and try again."""

    def __init__(self) -> None:
        # AWS: this error comes without a message. https://github.com/aws/aws-cdk/issues/1621
        super().__init__("")


class ParameterVersionNotFound(AwsError):
    """The specified parameter version wasn't found. Verify the parameter name and version, and try again."""


class ParameterAlreadyExists(AwsError):
    """The parameter already exists. To overwrite this value, set the overwrite option in the request to true."""


class ParameterLimitExceeded(AwsError):
    """You have exceeded the number of parameters for this Amazon Web Services account."""


class ParameterMaxVersionLimitExceeded(AwsError):
    """The oldest version of the parameter has a label, so that no further version can be made."""


class ParameterVersionLabelLimitExceeded(AwsError):
    """A parameter version can have a maximum of ten labels."""


class ParameterPatternMismatchException(AwsError):
    """The parameter value does not match the allowed pattern."""


class InvalidAllowedPatternException(AwsError):
    """The request does not meet the regular expression requirement."""


class HierarchyLevelLimitExceededException(AwsError):
    """A hierarchy can have a maximum of 15 levels."""


class HierarchyTypeMismatchException(AwsError):
    """Parameter Store does not support changing a parameter type in a hierarchy."""


class PoliciesLimitExceededException(AwsError):
    """You specified more than the maximum number of allowed policies for the parameter. The maximum is 10."""


class InvalidPolicyTypeException(AwsError):
    """The policy type is not supported."""


class InvalidPolicyAttributeException(AwsError):
    """A policy attribute or its value is invalid."""


class IncompatiblePolicyException(AwsError):
    """There is a conflict in the policies specified for this parameter."""


class InvalidFilterKey(AwsError):
    """The specified key isn't valid."""


class InvalidFilterOption(AwsError):
    """The specified filter option isn't valid."""


class InvalidFilterValue(AwsError):
    """The filter value isn't valid. Verify the value and try again."""


class InvalidNextToken(AwsError):
    """The specified token isn't valid."""


class InvalidResourceId(AwsError):
    """The resource ID is not valid. Verify that you entered the correct ID and try again."""


class InvalidResourceType(AwsError):
    """The resource type is not valid."""


class TooManyTagsError(AwsError):
    """A resource can have at most 50 tags."""


class AccessDeniedException(AwsError):
    """No access to a reserved parameter name."""
