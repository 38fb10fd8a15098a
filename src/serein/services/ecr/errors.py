"""ECR's errors."""

from serein.kernel.errors import AwsError


class InvalidParameterException(AwsError):
    """The request can't be taken as it is."""


class RepositoryNotFoundException(AwsError):
    """There is no such repository."""


class RepositoryAlreadyExistsException(AwsError):
    """There is such a repository already."""


class RepositoryPolicyNotFoundException(AwsError):
    """The repository has no policy."""


class LifecyclePolicyNotFoundException(AwsError):
    """The repository has no lifecycle policy."""


class TooManyTagsException(AwsError):
    """A repository has at most 50 tags."""
