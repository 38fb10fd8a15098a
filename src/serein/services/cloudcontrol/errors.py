"""Cloud Control's errors."""

from serein.kernel.errors import AwsError


class InvalidRequestException(AwsError):
    """The resource handler has returned that invalid input from the user has generated a generic exception."""


class ResourceNotFoundException(AwsError):
    """A resource with the specified identifier can't be found."""


class RequestTokenNotFoundException(AwsError):
    """A resource operation with the specified request token can't be found."""


class ClientTokenConflictException(AwsError):
    """The specified client token has already been used in another resource request."""


class ConcurrentOperationException(AwsError):
    """Another resource operation is currently being performed on this resource."""


class ConcurrentModificationException(AwsError):
    """The resource is currently being modified by another operation."""
