"""Lambda's errors."""

from serein.kernel.errors import AwsError


class ResourceNotFoundException(AwsError):
    """The resource specified in the request does not exist."""

    status = 404


class ResourceConflictException(AwsError):
    """The resource already exists, or another operation is in progress."""

    status = 409


class InvalidParameterValueException(AwsError):
    """One of the parameters in the request is not valid."""


class ValidationException(AwsError):
    """The input fails to satisfy a constraint."""


class PreconditionFailedException(AwsError):
    """The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id"""  # noqa: E501

    status = 412


class RequestTooLargeException(AwsError):
    """The request payload exceeded the Invoke request body JSON input quota."""

    status = 413


class RequestEntityTooLargeException(AwsError):
    """The request must be smaller."""

    status = 413


class InvalidRequestContentException(AwsError):
    """The request body could not be parsed as JSON."""


class TooManyRequestsException(AwsError):
    """Rate Exceeded."""

    status = 429


class CodeStorageExceededException(AwsError):
    """Code storage limit exceeded."""


class PolicyLengthExceededException(AwsError):
    """The final policy size is bigger than the limit (20480)."""


class ResourceInUseException(AwsError):
    """The operation conflicts with the resource's availability."""


class RecursiveInvocationException(AwsError):
    """Lambda has detected your function being invoked in a recursive loop with other AWS resources and stopped your function's invocation."""  # noqa: E501


class ProvisionedConcurrencyConfigNotFoundException(AwsError):
    """No Provisioned Concurrency Config found for this function"""

    status = 404


class CodeSigningConfigNotFoundException(AwsError):
    """The specified code signing configuration does not exist."""

    status = 404


class CapacityProviderLimitExceededException(AwsError):
    """The maximum number of capacity providers for your account has been exceeded."""


class DurableExecutionAlreadyStartedException(AwsError):
    """The durable execution with the specified name has already been started. Each durable execution name must be unique within the function. Use a different name or check the status of the existing execution."""  # noqa: E501

    status = 409


class CallbackTimeoutException(AwsError):
    """The callback ID token has either expired or the callback associated with the token has already been closed."""


class ServiceException(AwsError):
    """The Lambda service encountered an internal error."""

    status = 500


def alias_not_found(arn: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(f"Cannot find alias arn: {arn}", Type="User")


def beyond_limit(message: str) -> InvalidParameterValueException:
    """AWS: what is refused for the sake of a quota is told without `Type`."""
    return InvalidParameterValueException(message)


def function_not_found(arn: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(f"Function not found: {arn}", Type="User")


def invalid(message: str) -> InvalidParameterValueException:
    return InvalidParameterValueException(message, Type="User")


def throttled(reason: str) -> TooManyRequestsException:
    return TooManyRequestsException(Type="User", Reason=reason, retryAfterSeconds="1")
