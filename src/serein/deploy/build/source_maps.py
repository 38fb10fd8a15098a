"""Source maps of bundled functions: when they are made and heeded, and sources named so that people find them.

AWS: `sam build` makes them when NODE_OPTIONS asks Node to heed them, and asks Node to when BuildProperties has
Sourcemap: true. https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build-typescript.html
"""

import json
import os
from pathlib import Path
from typing import Any

from serein.deploy.build.node import INSTALLED

HEEDED = "--enable-source-maps"
_OPTIONS = "NODE_OPTIONS"


def with_source_maps(own: dict[str, Any], merged: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """The BuildProperties with Sourcemap where the function's variables want it.

    `own` are the function's properties, which get a variable where BuildProperties want source maps, and `merged` the
    same with the template's global ones.
    """
    variables = (merged.get("Environment") or {}).get("Variables") or {}
    options = variables.get(_OPTIONS, "")
    if not isinstance(options, str):
        return asked
    if "Sourcemap" not in asked:
        return {**asked, "Sourcemap": True} if HEEDED in options.split() else asked
    if str(asked["Sourcemap"]).lower() == "true" and HEEDED not in options.split():
        environment = own.setdefault("Environment", {})
        environment["Variables"] = {**(environment.get("Variables") or {}), _OPTIONS: f"{options} {HEEDED}".strip()}
    return asked


def name_sources(target: Path, work: Path) -> None:
    """Have the maps in `target` name the sources as if they lay beside the bundle; esbuild ran in `work`.

    In a trace they are then /var/task/app.ts, which tools know to be app.ts of the function's folder.
    """
    for path in sorted(target.rglob("*.map")):
        described = json.loads(path.read_text())
        described["sources"] = [_named(path, source, target, work.resolve()) for source in described["sources"]]
        path.write_text(json.dumps(described, separators=(",", ":")))


def _named(described: Path, source: str, target: Path, work: Path) -> str:
    found = Path(os.path.normpath(described.parent.resolve() / source))
    if found.is_relative_to(work):
        name = found.relative_to(work)
    elif INSTALLED in found.parts:
        name = Path(*found.parts[found.parts.index(INSTALLED) :])
    else:
        return source
    return os.path.relpath(target / name, described.parent)
