"""The programs of external extensions: files of `extensions/` in a function's layers (`/opt/extensions`)."""

from functools import lru_cache
from pathlib import Path

from serein.kernel.runner import FunctionSpec
from serein.runtime.variables import Place, lambda_variables

_WITHHELD = frozenset(
    {
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_XRAY_CONTEXT_MISSING",
        "AWS_XRAY_DAEMON_ADDRESS",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "_AWS_XRAY_DAEMON_ADDRESS",
        "_AWS_XRAY_DAEMON_PORT",
        "_HANDLER",
    }
)
"""AWS: variables that extensions don't have."""


@lru_cache(maxsize=512)
def find_extensions(layers: tuple[Path, ...]) -> dict[str, str]:
    """Programs by name, in the order of their names; a later layer's replaces an earlier one's.

    Why cached: layers are unpacked to folders named by their content.
    """
    found: dict[str, str] = {}
    for layer in layers:
        folder = layer / "extensions"
        if folder.is_dir():
            found.update((file.name, str(file)) for file in folder.iterdir() if file.is_file())
    return dict(sorted(found.items()))


def extension_variables(spec: FunctionSpec, place: Place) -> dict[str, str]:
    """The environment variables of an extension."""
    return {name: value for name, value in lambda_variables(spec, place).items() if name not in _WITHHELD}
