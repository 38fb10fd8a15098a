"""Makefile builds: `make build-<LogicalId>` fills $ARTIFACTS_DIR, from a copy of the sources.

AWS: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-custom-runtimes.html
"""

from pathlib import Path

from serein.deploy.build.cache import BuildCache
from serein.deploy.build.methods import MAKEFILES
from serein.deploy.build.tools import require_tool, run_tool
from serein.deploy.errors import BuildFailed
from serein.deploy.sources import copy_sources


def make_artifacts(cache: BuildCache, what: str, source: Path, places: dict[str, Path], target: Path) -> None:
    """Run the project's own build for a function or a layer.

    `places` may name what is copied instead of the source folder (`ProjectRootDirectory`), where the Makefile is
    (`ContextPath`), and where make runs (`WorkingDirectory`). Raises BuildFailed.
    """
    root = places.get("ProjectRootDirectory", source)
    context = places.get("ContextPath", root)
    makefile = next((context / name for name in MAKEFILES if (context / name).is_file()), None)
    if makefile is None:
        raise BuildFailed(f"{what}: BuildMethod makefile, but there is no Makefile in {context}.")
    working = places.get("WorkingDirectory", root)
    if not working.is_relative_to(root):
        raise BuildFailed(f"{what}: the WorkingDirectory {working} is not in {root}.")
    make = require_tool("make", what)
    with cache.scratch() as work:
        copy_sources(root, work)
        if makefile.is_relative_to(root):
            makefile = work / makefile.relative_to(root)
        command = [make, "--makefile", str(makefile), f"build-{what}"]
        run_tool(what, command, work / working.relative_to(root), {"ARTIFACTS_DIR": str(target)})
    if not any(target.iterdir()):
        raise BuildFailed(f"{what}: make build-{what} put nothing into $ARTIFACTS_DIR.")
