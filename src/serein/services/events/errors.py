"""The errors of EventBridge, with AWS's codes and messages."""

from serein.kernel.errors import AwsError, ValidationFailed


class ValidationException(ValidationFailed):
    """A value breaks a rule."""


class ResourceNotFoundException(AwsError):
    """An entity that you specified does not exist."""


class ResourceAlreadyExistsException(AwsError):
    """The resource you are trying to create already exists."""


class LimitExceededException(AwsError):
    """The requested resource exceeds the maximum number allowed."""


class AccessDeniedException(AwsError):
    """You do not have sufficient access to perform this action."""


class ManagedRuleException(AwsError):
    """This rule was created by an Amazon Web Services service on behalf of your account."""


class InvalidEventPatternException(AwsError):
    """The event pattern is not valid."""


class IllegalStatusException(AwsError):
    """An error occurred because a replay can be canceled only when the state is Running or Starting."""


class PolicyLengthExceededException(AwsError):
    """The event bus policy is too long."""


class DeliveryFailed(AwsError):
    """A target could not be called. `error_code` is what the dead-letter queue is told."""

    def __init__(self, error_code: str, message: str, *, is_retriable: bool) -> None:
        super().__init__(message)
        self.error_code = error_code
        self.is_retriable = is_retriable


class TargetUnavailable(AwsError):
    """A target could not be reached, or has no room: it may have another time."""

    status = 503


class ConnectionNotFound(AwsError):
    """A request names a connection that isn't there."""

    code = "ConnectionResource.NotFound"
    status = 404


class ConnectionNotAuthorized(AwsError):
    """A connection has nothing to prove yet, or not any more."""

    code = "ConnectionResource.InvalidConnectionState"


def bus_not_found(name: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(f"Event bus {name} does not exist.")


def rule_not_found(name: str, bus: str) -> ResourceNotFoundException:
    return ResourceNotFoundException(f"Rule {name} does not exist on EventBus {bus}.")
