"""Step Functions' errors."""

from serein.kernel.errors import AwsError


class ActivityAlreadyExists(AwsError):
    """Activity already exists."""


class ActivityDoesNotExist(AwsError):
    """The specified activity does not exist."""


class ActivityLimitExceeded(AwsError):
    """The maximum number of activities has been reached."""


class ActivityWorkerLimitExceeded(AwsError):
    """The maximum number of workers concurrently polling for activity tasks has been reached."""


class ConflictException(AwsError):
    """Updating or deleting a resource can cause an inconsistent state."""


class ExecutionAlreadyExists(AwsError):
    """The execution has the same name as another execution (but a different input)."""


class ExecutionDoesNotExist(AwsError):
    """The specified execution does not exist."""


class ExecutionLimitExceeded(AwsError):
    """The maximum number of running executions has been reached."""


class ExecutionNotRedrivable(AwsError):
    """The execution Amazon Resource Name (ARN) that you specified for executionArn cannot be redriven."""


class InvalidArn(AwsError):
    """The provided Amazon Resource Name (ARN) is not valid."""


class InvalidDefinition(AwsError):
    """The provided Amazon States Language definition is not valid."""


class InvalidEncryptionConfiguration(AwsError):
    """The encryption configuration is not valid."""


class InvalidExecutionInput(AwsError):
    """The provided JSON input data is not valid."""


class InvalidLoggingConfiguration(AwsError):
    """Configuration is not valid."""


class InvalidName(AwsError):
    """The provided name is not valid."""


class InvalidOutput(AwsError):
    """The provided JSON output data is not valid."""


class InvalidToken(AwsError):
    """The provided token is not valid."""


class InvalidTracingConfiguration(AwsError):
    """Your tracingConfiguration key does not match, or enabled has not been set to true or false."""


class MissingRequiredParameter(AwsError):
    """Request is missing a required parameter."""


class ResourceNotFound(AwsError):
    """Could not find the referenced resource."""


class ServiceQuotaExceededException(AwsError):
    """The request would cause a service quota to be exceeded."""

    status = 402


class StateMachineAlreadyExists(AwsError):
    """A state machine with the same name but a different definition or role ARN already exists."""


class StateMachineDeleting(AwsError):
    """The specified state machine is being deleted."""


class StateMachineDoesNotExist(AwsError):
    """The specified state machine does not exist."""


class StateMachineLimitExceeded(AwsError):
    """The maximum number of state machines has been reached."""


class StateMachineTypeNotSupported(AwsError):
    """State machine type is not supported."""


class TaskDoesNotExist(AwsError):
    """The activity does not exist."""


class TaskTimedOut(AwsError):
    """The task token has either expired or the task associated with the token has already been closed."""


class TooManyTags(AwsError):
    """You've exceeded the number of tags allowed for a resource."""


class ValidationException(AwsError):
    """The input does not satisfy the constraints specified by an Amazon Web Services service."""
