"""The registry's errors."""

from serein.kernel.errors import AwsError


class CFNRegistryException(AwsError):
    """An error occurred during a CloudFormation registry operation."""


class TypeNotFoundException(AwsError):
    """The specified extension doesn't exist in the CloudFormation registry."""

    status = 404


class HookResultNotFound(AwsError):
    """The specified target doesn't have any requested Hook invocations."""

    status = 404


def no_extensions(what: str) -> CFNRegistryException:
    """The refusal of anything that third-party code would have to run for."""
    return CFNRegistryException(
        f"Serein does not run third-party extensions (resource types, modules and hooks): {what} is not supported"
    )
