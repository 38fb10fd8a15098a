"""A function's configuration: the record that is kept of it, and what the API shows of it.

The record is the reply of GetFunctionConfiguration itself, plus what begins with an underscore: the package's hash
and size, the layers' hashes, the change under way. It is kept as JSON.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from serein.kernel.ids import new_uuid
from serein.kernel.operation import Request
from serein.services.lambda_.durable.settings import apply_durable_config
from serein.services.lambda_.errors import invalid
from serein.services.lambda_.names import LATEST, FunctionReference, function_arn
from serein.services.lambda_.packages import MAXIMUM_UNZIPPED_BYTES
from serein.services.lambda_.runtime_names import runtime_version_arn
from serein.services.lambda_.settings_checks import check_package_type, check_settings
from serein.services.lambda_.states import record_at

Configuration = dict[str, Any]

_PLAIN = ("Role", "Handler", "Description", "Timeout", "MemorySize")
_WHOLE = ("TracingConfig", "EphemeralStorage", "CapacityProviderConfig", "TenancyConfig")
_NOT_LISTED = (
    "State",
    "StateReason",
    "StateReasonCode",
    "LastUpdateStatus",
    "LastUpdateStatusReason",
    "LastUpdateStatusReasonCode",
    "RuntimeVersionConfig",
)


@dataclass(frozen=True, slots=True)
class LayerCode:
    """A layer version as a function refers to it."""

    arn: str
    sha256: str
    size_bytes: int
    unzipped_bytes: int = 0
    """0 when it isn't known: layers of data folders from before it was kept."""


def new_configuration(
    reference: FunctionReference, request: Request, now: float, *, has_strict_runtimes: bool
) -> Configuration:
    """The record of a function that CreateFunction makes; code and layers are set by `set_code`, `set_layers`."""
    package_type = check_package_type(request)
    check_settings(request, has_strict_runtimes=has_strict_runtimes)
    configuration: Configuration = {
        "FunctionName": reference.name,
        "FunctionArn": function_arn(reference.scope, reference.name),
        "Role": request["Role"],
        "Description": request.get("Description", ""),
        "Timeout": request.get("Timeout", 3),
        "MemorySize": request.get("MemorySize", 128),
        "Version": LATEST,
        "TracingConfig": {"Mode": request.get("TracingConfig", {}).get("Mode", "PassThrough")},
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": package_type,
        "Architectures": request.get("Architectures") or ["x86_64"],
        "EphemeralStorage": {"Size": request.get("EphemeralStorage", {}).get("Size", 512)},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{reference.name}"},
    }
    apply_settings(configuration, request, now)
    return configuration


def apply_settings(configuration: Configuration, request: Request, now: float) -> None:
    """Apply what a request sets to a record, and give it a new revision."""
    for member in _PLAIN:
        if member in request:
            configuration[member] = request[member]
    for member in _WHOLE:
        if request.get(member):
            configuration[member] = request[member]
    for member, apply in _APPLIED.items():
        if member in request:
            apply(configuration, request[member])
    apply_durable_config(configuration, request)
    touch(configuration, now)


def _set(configuration: Configuration, member: str, value: Any) -> None:
    if value:
        configuration[member] = value
    else:
        configuration.pop(member, None)


def _apply_runtime(configuration: Configuration, runtime: str) -> None:
    region = configuration["FunctionArn"].split(":")[3]
    configuration["Runtime"] = runtime
    configuration["RuntimeVersionConfig"] = {"RuntimeVersionArn": runtime_version_arn(region, runtime)}


def _apply_environment(configuration: Configuration, given: dict[str, Any]) -> None:
    configuration["Environment"] = {"Variables": given.get("Variables") or {}}


def _apply_dead_letter(configuration: Configuration, given: dict[str, Any]) -> None:
    _set(configuration, "DeadLetterConfig", given if given.get("TargetArn") else None)


def _apply_image(configuration: Configuration, given: dict[str, Any]) -> None:
    _set(configuration, "ImageConfigResponse", {"ImageConfig": given} if any(given.values()) else None)


def _apply_key(configuration: Configuration, arn: str) -> None:
    _set(configuration, "KMSKeyArn", arn)


def _apply_snap_start(configuration: Configuration, given: dict[str, Any]) -> None:
    """AWS: what is optimised are published versions."""
    configuration["SnapStart"] = {"ApplyOn": given.get("ApplyOn", "None"), "OptimizationStatus": "Off"}


def _apply_vpc(configuration: Configuration, given: dict[str, Any]) -> None:
    """AWS: a function that was taken out of its VPC shows empty lists; one that never was in any shows nothing."""
    empty = {"SubnetIds": [], "SecurityGroupIds": [], "VpcId": "", "Ipv6AllowedForDualStack": False}
    if given.get("SubnetIds") or given.get("SecurityGroupIds") or "VpcConfig" in configuration:
        configuration["VpcConfig"] = empty | configuration.get("VpcConfig", {}) | given


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


_APPLIED: dict[str, Callable[[Configuration, Any], None]] = {
    "Runtime": _apply_runtime,
    "Environment": _apply_environment,
    "DeadLetterConfig": _apply_dead_letter,
    "LoggingConfig": _apply_logging,
    "ImageConfig": _apply_image,
    "KMSKeyArn": _apply_key,
    "VpcConfig": _apply_vpc,
    "SnapStart": _apply_snap_start,
}


def touch(configuration: Configuration, now: float) -> None:
    """Give a record a new revision and time of change."""
    configuration["LastModified"] = wire_time(now)
    configuration["RevisionId"] = new_uuid()


def set_code(configuration: Configuration, sha256: str, sha256_base64: str, size_bytes: int) -> None:
    configuration["CodeSha256"] = sha256_base64
    configuration["CodeSize"] = size_bytes
    configuration["_code"] = sha256


def set_layers(configuration: Configuration, layers: list[LayerCode], code_bytes: int) -> None:
    """Set a function's layers. Raises InvalidParameterValueException when all of its code is too much.

    `code_bytes` is the unzipped size of the function's own package.
    """
    size = code_bytes + sum(layer.unzipped_bytes for layer in layers)
    if layers and size > MAXIMUM_UNZIPPED_BYTES:
        raise invalid(
            f"Function code combined with layers exceeds the maximum allowed size of {MAXIMUM_UNZIPPED_BYTES} bytes. "
            f"The actual size is {size} bytes."
        )
    _set(configuration, "Layers", [{"Arn": layer.arn, "CodeSize": layer.size_bytes} for layer in layers])
    _set(configuration, "_layers", [layer.sha256 for layer in layers])


def configuration_reply(
    configuration: Configuration, reference: FunctionReference, now: float | None
) -> dict[str, Any]:
    """What the API shows of a record at a time (None: while its latest change is under way).

    The ARN is qualified when the request was.
    """
    reply = {key: value for key, value in record_at(configuration, now).items() if key[0] != "_"}
    if reference.qualifier:
        reply["FunctionArn"] = reference.arn
    return reply


def listed_reply(configuration: Configuration, reference: FunctionReference, now: float) -> dict[str, Any]:
    """What lists show of a record. AWS: they leave states out (API reference, ListFunctions)."""
    reply = configuration_reply(configuration, reference, now)
    for member in _NOT_LISTED:
        reply.pop(member, None)
    return reply


def wire_time(seconds: float) -> str:
    """A time as Lambda writes it: `2026-01-31T12:00:00.000+0000`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
