"""Rust: `cargo build --release`, the binary named `bootstrap`, in a target folder of the cache.

Why not cargo-lambda: it compiles for Lambda's machines, and functions run on this one.
"""

import json
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

from serein.deploy.build.cache import BuildCache
from serein.deploy.build.tools import require_tool, run_tool
from serein.deploy.errors import BuildFailed
from serein.settings import inherited

MANIFEST, LOCK, TARGET = "Cargo.toml", "Cargo.lock", "target"
_PROPERTIES = frozenset({"Binary"})


def workspace(source: Path) -> Path:
    """The folder that holds everything that the build reads: the crate's, or its workspace's."""
    for folder in source.parents:
        manifest = folder / MANIFEST
        if manifest.is_file() and "workspace" in _manifest(manifest):
            return folder
    return source


def build(cache: BuildCache, what: str, source: Path, properties: dict[str, Any], target: Path) -> None:
    """Put a crate's binary into `target`. Raises BuildFailed."""
    unknown = sorted(properties.keys() - _PROPERTIES)
    if unknown:
        raise BuildFailed(f"{what}: BuildProperties {', '.join(unknown)} of rust-cargolambda are not known to Serein.")
    if not (source / MANIFEST).is_file():
        raise BuildFailed(f"{what}: BuildMethod rust-cargolambda, but there is no {MANIFEST} in {source}.")
    cargo = require_tool("cargo", what)
    root = workspace(source)
    has_lock = (root / LOCK).exists()
    made = cache.kept("cargo", str(root))
    try:
        binary = str(properties.get("Binary") or "") or _only_binary(cargo, what, source)
        command = [cargo, "build", "--quiet", "--release", "--bin", binary]
        run_tool(what, command, source, {"CARGO_TARGET_DIR": str(made)})
    finally:
        if not has_lock:
            (root / LOCK).unlink(missing_ok=True)
    shutil.copy2(made / "release" / binary, target / "bootstrap")


def _only_binary(cargo: str, what: str, source: Path) -> str:
    """The name of the crate's binary. Raises BuildFailed when there are several."""
    command = [cargo, "metadata", "--format-version", "1", "--no-deps"]
    done = subprocess.run(command, cwd=source, env=inherited(), capture_output=True, check=False, text=True)
    if done.returncode != 0:
        raise BuildFailed(f"{what}: cargo metadata failed with exit code {done.returncode}.\n{done.stderr.strip()}")
    manifest = (source / MANIFEST).resolve()
    packages = [each for each in json.loads(done.stdout)["packages"] if Path(each["manifest_path"]) == manifest]
    names = [each["name"] for package in packages for each in package["targets"] if "bin" in each["kind"]]
    if len(names) != 1:
        raise BuildFailed(
            f"{what}: {source} has {'these binaries: ' + ', '.join(sorted(names)) if names else 'no binary'}. Name one "
            "in BuildProperties: Binary."
        )
    return str(names[0])


def _manifest(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except ValueError as error:
        raise BuildFailed(f"{path} is not valid TOML: {error}") from error
