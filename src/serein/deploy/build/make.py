"""Makefile builds: `make build-<LogicalId>` fills $ARTIFACTS_DIR, from a copy of the sources."""

import shutil
from pathlib import Path

from serein.deploy.build.cache import BuildCache
from serein.deploy.build.tools import require_tool, run_tool
from serein.deploy.errors import BuildFailed
from serein.deploy.sources import source_entries


def make_artifacts(cache: BuildCache, what: str, source: Path, logical_id: str, target: Path) -> None:
    """Run the project's own build for a function or a layer. Raises BuildFailed."""
    if not any((source / name).is_file() for name in ("Makefile", "makefile", "GNUmakefile")):
        raise BuildFailed(f"{what}: BuildMethod makefile, but there is no Makefile in {source}.")
    make = require_tool("make", what)
    with cache.scratch() as work:
        for entry in source_entries(source):
            copy = work / entry.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(entry.path, copy)
        run_tool(what, [make, f"build-{logical_id}"], work, {"ARTIFACTS_DIR": str(target)})
    if not any(target.iterdir()):
        raise BuildFailed(f"{what}: make build-{logical_id} put nothing into $ARTIFACTS_DIR.")
