"""What the settings of a function may be: limits, reserved names, and what can't be honoured here."""

import json
from typing import Any

from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Request
from serein.services.lambda_.errors import ValidationException, invalid
from serein.services.lambda_.runtime_names import check_runtime

_MAXIMUM_ENVIRONMENT_BYTES = 4096
_MAXIMUM_MEMORY_MB = 10_240
_MAXIMUM_TIMEOUT_SECONDS = 900
_MAXIMUM_STORAGE_MB = 10_240
_RESERVED_VARIABLES = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)
_REFUSED = {
    "FileSystemConfigs": "file systems",
    "RuntimeConfig": "custom runtimes of an account",
    "AcceleratorConfig": "accelerators",
    "PublishTo": "publishing to capacity providers",
}
_ZIP_ONLY = ("Runtime", "Handler", "Layers")


def check_package_type(request: Request) -> str:
    """The package type that CreateFunction asks for, when the other settings go with it.

    Raises InvalidParameterValueException.
    """
    if request.get("PackageType", "Zip") == "Image":
        given = [member for member in _ZIP_ONLY if request.get(member)]
        if given:
            raise invalid(
                "Please don't provide Handler or Runtime or Layer when the intent is to create a function with a "
                "container image."
            )
        return "Image"
    if not request.get("Runtime") or not request.get("Handler"):
        raise invalid("Runtime and Handler are mandatory parameters for functions created with deployment packages.")
    return "Zip"


def check_settings(request: Request, *, has_strict_runtimes: bool) -> None:
    """Check what CreateFunction and UpdateFunctionConfiguration share. Raises AWS's errors."""
    for member, name in _REFUSED.items():
        if request.get(member):
            raise NotImplementedHere(f"Serein does not implement {name} ({member}) for functions")
    if "Runtime" in request:
        check_runtime(request["Runtime"], is_strict=has_strict_runtimes)
    if request.get("MemorySize", 128) > _MAXIMUM_MEMORY_MB:
        raise invalid(
            f"'MemorySize' value failed to satisfy constraint: Member must have value less than or equal to "
            f"{_MAXIMUM_MEMORY_MB}"
        )
    if (timeout := request.get("Timeout", 3)) > _MAXIMUM_TIMEOUT_SECONDS:
        raise _above("timeout", timeout, _MAXIMUM_TIMEOUT_SECONDS)
    if (size := request.get("EphemeralStorage", {}).get("Size", 512)) > _MAXIMUM_STORAGE_MB:
        raise _above("ephemeralStorage.size", size, _MAXIMUM_STORAGE_MB)
    _check_environment(request.get("Environment", {}).get("Variables") or {})
    _check_dead_letter(request.get("DeadLetterConfig", {}).get("TargetArn", ""))
    _check_vpc(request.get("VpcConfig") or {})


def _above(member: str, value: int, maximum: int) -> ValidationException:
    return ValidationException(
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
        f"Member must have value less than or equal to {maximum}"
    )


def _check_environment(variables: dict[str, str]) -> None:
    sorry = "Lambda was unable to configure your environment variables because the environment variables you have "
    if reserved := sorted(variables.keys() & _RESERVED_VARIABLES):
        raise invalid(
            f"{sorry}provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    measured = json.dumps(variables, separators=(",", ":"), ensure_ascii=False)
    if len(measured.encode()) > _MAXIMUM_ENVIRONMENT_BYTES:
        raise invalid(f"{sorry}provided exceeded the 4KB limit. String measured: {measured}")


def _check_dead_letter(arn: str) -> None:
    if arn and arn.split(":")[2] not in ("sqs", "sns"):
        raise invalid(f"The provided dead letter target {arn} is not a queue or a topic.")


def _check_vpc(given: dict[str, Any]) -> None:
    if bool(given.get("SubnetIds")) != bool(given.get("SecurityGroupIds")):
        raise invalid("SubnetIds and SecurityIds must coexist or be both empty list.")
