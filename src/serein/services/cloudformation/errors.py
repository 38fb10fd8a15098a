"""CloudFormation's errors."""

from serein.kernel.errors import AwsError


class ValidationError(AwsError):
    """The input fails to satisfy the constraints specified by an AWS service."""


class AlreadyExistsException(AwsError):
    """The resource with the name requested already exists."""


class InsufficientCapabilitiesException(AwsError):
    """The template contains resources with capabilities that weren't specified in the Capabilities parameter."""


class ChangeSetNotFound(AwsError):
    """The specified change set name or ID doesn't exist."""

    status = 404
    code = "ChangeSetNotFound"


class InvalidChangeSetStatus(AwsError):
    """The specified change set can't be used to update the stack."""

    code = "InvalidChangeSetStatus"


class TokenAlreadyExists(AwsError):
    """A client request token already exists."""

    code = "TokenAlreadyExistsException"


class TransformFailure(ValidationError):
    """A macro failed, or made no template: that fails the stack, and isn't the request's fault."""

    code = "ValidationError"


class NotYetKnown(Exception):
    """A value that depends on a resource that an operation has yet to make."""


class HandlerPending(Exception):
    """A resource waits for an answer from outside: a custom resource, a nested stack, a wait condition."""

    def __init__(self, deadline: float, physical_id: str = "", purpose: str = "") -> None:
        super().__init__(f"waits until {deadline}")
        self.deadline = deadline
        self.purpose = purpose
        """Under which the answer is kept, where that isn't the step's own."""
        self.physical_id = physical_id
        """Of what is there already, to be removed should the operation fail."""


class ResourceFailure(Exception):
    """A resource could not be brought to its wanted state; the text is its ResourceStatusReason."""

    def __init__(self, reason: str, physical_id: str = "") -> None:
        super().__init__(reason)
        self.physical_id = physical_id
        """Of what was made nevertheless, and is to be removed."""
