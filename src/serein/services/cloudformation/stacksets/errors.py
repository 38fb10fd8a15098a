"""Stack sets' errors."""

from serein.kernel.errors import AwsError


class StackSetNotFoundException(AwsError):
    """The specified stack set doesn't exist."""

    status = 404


class StackInstanceNotFoundException(AwsError):
    """The specified stack instance doesn't exist."""

    status = 404


class OperationNotFoundException(AwsError):
    """The specified ID refers to an operation that doesn't exist."""

    status = 404


class StackNotFoundException(AwsError):
    """The specified stack ARN doesn't exist or stack doesn't exist corresponding to the ARN in input."""

    status = 404


class NameAlreadyExistsException(AwsError):
    """The specified name is already in use."""

    status = 409


class StackSetNotEmptyException(AwsError):
    """You can't yet delete this stack set, because it still contains one or more stack instances."""

    status = 409


class OperationInProgressException(AwsError):
    """Another operation is currently in progress for this stack set."""

    status = 409


class OperationIdAlreadyExistsException(AwsError):
    """The specified operation ID already exists."""

    status = 409


class InvalidOperationException(AwsError):
    """The specified operation isn't valid."""
