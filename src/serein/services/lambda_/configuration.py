"""A function's configuration: what a request may say, and the record that is kept of it.

The record is the reply of GetFunctionConfiguration itself, plus the package's hash and the layers' hashes, as JSON.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from serein.kernel.errors import NotImplementedHere
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Request
from serein.services.lambda_.errors import ValidationException, invalid
from serein.services.lambda_.names import LATEST, FunctionReference, function_arn

Configuration = dict[str, Any]

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
_RUNNABLE = ("python3.", "nodejs", "provided")
_REFUSED = {
    "FileSystemConfigs": "file systems",
    "CodeSigningConfigArn": "code signing",
    "ImageConfig": "container images",
    "TenancyConfig": "tenant isolation",
    "CapacityProviderConfig": "capacity providers",
    "DurableConfig": "durable functions",
    "RuntimeConfig": "runtime settings",
    "AcceleratorConfig": "accelerators",
    "PublishTo": "publishing to capacity providers",
}


@dataclass(frozen=True, slots=True)
class LayerCode:
    """A layer version as a function refers to it."""

    arn: str
    sha256: str
    size_bytes: int


def check_settings(request: Request) -> None:
    """Check what CreateFunction and UpdateFunctionConfiguration share. Raises AWS's errors."""
    for member, name in _REFUSED.items():
        if request.get(member):
            raise NotImplementedHere(f"Serein does not implement {name} ({member}) for functions")
    runtime = request.get("Runtime")
    if runtime is not None and not runtime.startswith(_RUNNABLE):
        raise NotImplementedHere(f"Serein does not run the runtime {runtime}; it runs python, nodejs and provided")
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


def _above(member: str, value: int, maximum: int) -> ValidationException:
    return ValidationException(
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
        f"Member must have value less than or equal to {maximum}"
    )


def _check_environment(variables: dict[str, str]) -> None:
    if "AWS_LAMBDA_EXEC_WRAPPER" in variables:
        raise NotImplementedHere("Serein does not run wrapper scripts (AWS_LAMBDA_EXEC_WRAPPER) yet")
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


def new_configuration(reference: FunctionReference, request: Request, now: float) -> Configuration:
    """The record of a function that CreateFunction makes; code and layers are set by `set_code`, `set_layers`."""
    if request.get("PackageType", "Zip") != "Zip":
        raise NotImplementedHere("Serein does not implement functions in container images (PackageType Image)")
    for member in ("Runtime", "Handler"):
        if not request.get(member):
            raise invalid(
                "Runtime and Handler are mandatory parameters for functions created with deployment packages."
            )
    check_settings(request)
    configuration: Configuration = {
        "FunctionName": reference.name,
        "FunctionArn": function_arn(reference.scope, reference.name),
        "Runtime": request["Runtime"],
        "Role": request["Role"],
        "Handler": request["Handler"],
        "Description": request.get("Description", ""),
        "Timeout": request.get("Timeout", 3),
        "MemorySize": request.get("MemorySize", 128),
        "Version": LATEST,
        "TracingConfig": {"Mode": request.get("TracingConfig", {}).get("Mode", "PassThrough")},
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": request.get("Architectures") or ["x86_64"],
        "EphemeralStorage": {"Size": request.get("EphemeralStorage", {}).get("Size", 512)},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "RuntimeVersionConfig": {"RuntimeVersionArn": f"arn:aws:lambda:{reference.scope.region}::runtime:{'0' * 64}"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{reference.name}"},
    }
    apply_settings(configuration, request, now)
    return configuration


def apply_settings(configuration: Configuration, request: Request, now: float) -> None:
    """Apply what a request sets to a record, and give it a new revision."""
    for member in ("Runtime", "Role", "Handler", "Description", "Timeout", "MemorySize"):
        if member in request:
            configuration[member] = request[member]
    for member in ("TracingConfig", "EphemeralStorage"):
        if request.get(member):
            configuration[member] = request[member]
    if "Environment" in request:
        variables = request["Environment"].get("Variables")
        _set(configuration, "Environment", {"Variables": variables} if variables else None)
    if "DeadLetterConfig" in request:
        dead_letter = request["DeadLetterConfig"]
        _set(configuration, "DeadLetterConfig", dead_letter if dead_letter.get("TargetArn") else None)
    if "LoggingConfig" in request:
        _apply_logging(configuration, request["LoggingConfig"])
    _apply_stored(configuration, request)
    touch(configuration, now)


def _apply_stored(configuration: Configuration, request: Request) -> None:
    """Apply the settings that are kept and shown, and have no effect."""
    if "KMSKeyArn" in request:
        _set(configuration, "KMSKeyArn", request["KMSKeyArn"])
    if "VpcConfig" in request:
        _set(configuration, "VpcConfig", _vpc(request["VpcConfig"]))
    if "SnapStart" in request:
        apply_on = request["SnapStart"].get("ApplyOn", "None")
        configuration["SnapStart"] = {"ApplyOn": apply_on, "OptimizationStatus": "Off"}


def _set(configuration: Configuration, member: str, value: Any) -> None:
    if value:
        configuration[member] = value
    else:
        configuration.pop(member, None)


def _vpc(given: dict[str, Any]) -> dict[str, Any] | None:
    """What is kept of a VPC's settings; None when they are taken away."""
    if not given.get("SubnetIds") and not given.get("SecurityGroupIds"):
        return None
    return {"VpcId": "", "SubnetIds": [], "SecurityGroupIds": [], **given}


def _apply_logging(configuration: Configuration, given: dict[str, str]) -> None:
    logging = configuration["LoggingConfig"]
    log_format = given.get("LogFormat", logging["LogFormat"])
    if log_format == "Text" and (given.get("ApplicationLogLevel") or given.get("SystemLogLevel")):
        raise invalid("To use ApplicationLogLevel or SystemLogLevel, set the function's log format to JSON.")
    merged = {
        "LogFormat": log_format,
        "LogGroup": given.get("LogGroup", logging["LogGroup"]),
    }
    if log_format == "JSON":
        merged["ApplicationLogLevel"] = given.get("ApplicationLogLevel", logging.get("ApplicationLogLevel", "INFO"))
        merged["SystemLogLevel"] = given.get("SystemLogLevel", logging.get("SystemLogLevel", "INFO"))
    configuration["LoggingConfig"] = merged


def touch(configuration: Configuration, now: float) -> None:
    """Give a record a new revision and time of change."""
    configuration["LastModified"] = wire_time(now)
    configuration["RevisionId"] = new_uuid()


def set_code(configuration: Configuration, sha256: str, sha256_base64: str, size_bytes: int) -> None:
    configuration["CodeSha256"] = sha256_base64
    configuration["CodeSize"] = size_bytes
    configuration["_code"] = sha256


def set_layers(configuration: Configuration, layers: list[LayerCode]) -> None:
    _set(configuration, "Layers", [{"Arn": layer.arn, "CodeSize": layer.size_bytes} for layer in layers])
    _set(configuration, "_layers", [layer.sha256 for layer in layers])


def configuration_reply(configuration: Configuration, reference: FunctionReference) -> dict[str, Any]:
    """What the API shows of a record: the ARN is qualified when the request was."""
    reply = {key: value for key, value in configuration.items() if key[0] != "_"}
    if reference.qualifier:
        reply["FunctionArn"] = reference.arn
    return reply


def wire_time(seconds: float) -> str:
    """A time as Lambda writes it: `2026-01-31T12:00:00.000+0000`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
