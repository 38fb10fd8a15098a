"""The generator's errors."""

from serein.kernel.errors import AwsError


class ResourceScanNotFound(AwsError):
    """The resource scan was not found."""


class ResourceScanInProgress(AwsError):
    """A resource scan is currently in progress. Only one can be run at a time for an account in a Region."""


class GeneratedTemplateNotFound(AwsError):
    """The generated template was not found."""

    status = 404
