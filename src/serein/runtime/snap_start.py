"""The errors of the API that a restore can end with."""

from serein.kernel.errors import AwsError


class SnapStartException(AwsError):
    """The afterRestore() runtime hook encountered an error. For more information, check the Amazon CloudWatch logs."""


class SnapStartTimeoutException(AwsError):
    """Lambda couldn't restore the snapshot within the timeout limit."""

    status = 408
