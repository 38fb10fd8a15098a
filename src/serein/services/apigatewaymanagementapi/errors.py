"""The errors of the management API."""

from serein.kernel.errors import AwsError


class PayloadTooLargeException(AwsError):
    """The data has exceeded the maximum size allowed."""

    status = 413
