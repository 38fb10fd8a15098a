"""STS's errors."""

from serein.kernel.errors import AwsError


class AccessDenied(AwsError):
    """Access Denied"""

    status = 403


class ValidationError(AwsError):
    """The input fails to satisfy the constraints specified by an AWS service."""


class PackedPolicyTooLarge(AwsError):
    """The session's policies and tags together are too long."""


class MalformedPolicyDocument(AwsError):
    """The request was rejected because the policy document was malformed."""
