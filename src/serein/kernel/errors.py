"""Errors a caller of an operation can see, in AWS's terms.

    Exception
    ├── AwsError               answered to the caller, with AWS's code, message and status
    │   ├── ValidationFailed   the model's own constraints; every service names it its own way
    │   └── InternalFailure    ours alone: something that must not happen happened
    └── Reschedule             a delivery's target asks to be called again later

A service's own errors live in its `errors.py`; the class name is the error code unless it says otherwise.
"""

from typing import Any, ClassVar


class AwsError(Exception):
    """An error of an AWS API: a code, a message, an HTTP status and the members of its error shape."""

    code: ClassVar[str] = "AwsError"
    query_code: ClassVar[str] = ""
    """The code in the Query protocols, where AWS has another one there."""
    query_message: ClassVar[str] = ""
    """The same for the message."""
    status: ClassVar[int] = 400

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "code" not in cls.__dict__:
            cls.code = cls.__name__

    def __init__(self, message: str | None = None, **fields: Any) -> None:
        """`fields` are further members of the error's shape, by their wire names."""
        if message is None:
            message = (type(self).__doc__ or "").strip()
        super().__init__(message)
        self.message = message
        self.fields = fields

    @property
    def is_sender_fault(self) -> bool:
        return self.status < 500


class ValidationFailed(AwsError):
    """One or more members break a constraint of the API model."""

    code = "ValidationException"


class InternalFailure(AwsError):
    """The request processing has failed because of an unknown error, exception or failure."""

    status = 500


class NotImplementedHere(AwsError):
    """An AWS operation or setting that Serein does not have; the message names it."""

    code = "NotImplemented"
    status = 501


class UnknownOperation(AwsError):
    """The operation is not one of the service's."""

    code = "UnknownOperationException"


class AccessDenied(AwsError):
    """The caller may not perform this operation."""

    code = "AccessDeniedException"
    status = 403


class Reschedule(Exception):
    """Raised by a delivery's target: call me again in `after_seconds`, optionally with another request.

    It is not a failure: no attempt is counted and no dead-letter rule applies. The target keeps its own counts in
    the request that it passes on.
    """

    def __init__(self, after_seconds: float, request: dict[str, Any] | None = None) -> None:
        super().__init__(f"again in {after_seconds} s")
        self.after_seconds = after_seconds
        self.request = request
