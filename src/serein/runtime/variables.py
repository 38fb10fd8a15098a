"""The environment variables that Lambda sets for a function.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from serein.kernel.ids import random_hex
from serein.kernel.runner import FunctionSpec
from serein.runtime.platform_log import SYSTEM_LEVEL_VARIABLE

_XRAY_HOST, _XRAY_PORT = "127.0.0.1", 2000
"""Where SDKs send segments to, as datagrams; nobody need listen."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is particular to one environment of a function."""

    api: str
    """Host and port of its Runtime API."""
    log_stream: str
    scratch: Path
    """A private folder: temporary files and the home."""
    runtime_dir: str
    initialization_type: str = "on-demand"
    """`on-demand`, `provisioned-concurrency` or `snap-start`."""
    has_extensions: bool = False
    """Whether extensions run beside the runtime, and share its private folder."""


def new_log_stream(version: str, now: float) -> str:
    """`2026/03/31/[$LATEST]0123…`: one per environment."""
    return f"{datetime.fromtimestamp(now, UTC):%Y/%m/%d}/[{version}]{random_hex(32)}"


def lambda_variables(spec: FunctionSpec, place: Place) -> dict[str, str]:
    """All variables of an environment. The function's own come last, as AWS lets them win where it allows them."""
    folders = [str(folder) for folder in reversed(spec.layers)]
    system_path = ["/usr/local/bin", "/usr/bin", "/bin"]
    variables = {
        "_HANDLER": spec.handler,
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": spec.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": spec.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": place.log_stream,
        "AWS_LAMBDA_INITIALIZATION_TYPE": place.initialization_type,
        "AWS_LAMBDA_RUNTIME_API": place.api,
        "AWS_REGION": spec.scope.region,
        "AWS_DEFAULT_REGION": spec.scope.region,
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": f"{_XRAY_HOST}:{_XRAY_PORT}",
        "_AWS_XRAY_DAEMON_ADDRESS": _XRAY_HOST,
        "_AWS_XRAY_DAEMON_PORT": str(_XRAY_PORT),
        "LAMBDA_TASK_ROOT": str(spec.code),
        "LAMBDA_RUNTIME_DIR": place.runtime_dir,
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "HOME": str(place.scratch / "home"),
        "TMPDIR": str(place.scratch / "tmp"),
        "PATH": ":".join([*system_path, *(f"{folder}/bin" for folder in folders)]),
        "LD_LIBRARY_PATH": ":".join([str(spec.code), f"{spec.code}/lib", *(f"{folder}/lib" for folder in folders)]),
    }
    if not spec.runtime.startswith("provided"):
        variables["AWS_EXECUTION_ENV"] = f"AWS_Lambda_{spec.runtime}"
    if folders:
        variables["SEREIN_LAYERS"] = ":".join(folders)
    if place.initialization_type == "snap-start":
        # AWS: functions with SnapStart don't have them.
        del variables["AWS_LAMBDA_LOG_GROUP_NAME"], variables["AWS_LAMBDA_LOG_STREAM_NAME"]
    variables.update(spec.environment)
    variables.pop(SYSTEM_LEVEL_VARIABLE, None)
    return variables
