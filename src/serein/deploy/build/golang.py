"""Go: `go build`, the program named by the handler, which is `bootstrap` for the runtimes that AWS still has."""

from pathlib import Path
from typing import Any

from serein.deploy.build.tools import require_tool, run_tool
from serein.deploy.errors import BuildFailed

_PROPERTIES = frozenset({"TrimGoPath"})


def module(source: Path) -> Path:
    """The folder that holds everything that the build reads: the module's."""
    return next((folder for folder in (source, *source.parents) if (folder / "go.mod").is_file()), source)


def build(what: str, source: Path, handler: str, properties: dict[str, Any], target: Path) -> None:
    """Put the program into `target`. Raises BuildFailed."""
    unknown = sorted(properties.keys() - _PROPERTIES)
    if unknown:
        raise BuildFailed(f"{what}: BuildProperties {', '.join(unknown)} of go1.x are not known to Serein.")
    go = require_tool("go", what)
    options = ["-trimpath"] if str(properties.get("TrimGoPath")).lower() == "true" else []
    run_tool(what, [go, "build", *options, "-o", str(target / (handler or "bootstrap")), "."], source)
