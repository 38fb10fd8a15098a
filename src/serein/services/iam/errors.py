"""IAM's errors."""

from serein.kernel.errors import AwsError


class NoSuchEntity(AwsError):
    """The request was rejected because it referenced a resource entity that does not exist."""

    status = 404


class EntityAlreadyExists(AwsError):
    """The request was rejected because it attempted to create a resource that already exists."""

    status = 409


class DeleteConflict(AwsError):
    """The request was rejected because it attempted to delete a resource that has attached subordinate entities."""

    status = 409


class LimitExceeded(AwsError):
    """The request was rejected because it attempted to create resources beyond the current account limits."""

    status = 409


class MalformedPolicyDocument(AwsError):
    """The request was rejected because the policy document was malformed."""


class InvalidInput(AwsError):
    """The request was rejected because an invalid or out-of-range value was supplied for an input parameter."""


class ValidationError(AwsError):
    """The input fails to satisfy the constraints specified by an AWS service."""


class InvalidClientTokenId(AwsError):
    """The security token included in the request is invalid."""

    status = 403


class ExpiredToken(AwsError):
    """The security token included in the request is expired"""

    status = 403
