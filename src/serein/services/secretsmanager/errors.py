"""Secrets Manager's errors, with AWS's messages."""

from serein.kernel.errors import AwsError, ValidationFailed


class ValidationException(ValidationFailed):
    """The request isn't valid."""


class ResourceNotFoundException(AwsError):
    """Secrets Manager can't find the specified secret."""


class ResourceExistsException(AwsError):
    """A resource with the ID you requested already exists."""


class InvalidParameterException(AwsError):
    """The parameter name or value is invalid."""


class InvalidRequestException(AwsError):
    """You can't perform this operation on the secret because it was marked for deletion."""


class InvalidNextTokenException(AwsError):
    """The NextToken value is invalid."""


class LimitExceededException(AwsError):
    """The request failed because it would exceed one of the Secrets Manager quotas."""


class MalformedPolicyDocumentException(AwsError):
    """This resource policy contains invalid Json."""


class PublicPolicyException(AwsError):
    """The BlockPublicPolicy parameter is set to true, and the resource policy would grant access too broadly."""


class AccessDeniedException(AwsError):
    """Secrets Manager cannot invoke the specified Lambda function."""
