"""Python dependencies: `requirements.txt` installed with uv, or pip, for the interpreter that will run the function."""

import asyncio
import platform
import shutil
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

from serein.deploy.build.cache import BuildCache
from serein.deploy.build.requirements import MANIFEST, Requirements, Wanted, find_requirements
from serein.deploy.build.tools import find_tool, run_tool
from serein.deploy.errors import BuildFailed
from serein.deploy.selection import selected
from serein.deploy.sources import content_hash, source_entries
from serein.runtime.machine import Machine
from serein.runtime.python_packages import Interpreters, own_interpreter
from serein.settings import inherited, user_cache

_BY_DEFAULT = Wanted()
_PROPERTIES = frozenset({"ParentPackageMode", "ParentPackages"})


def python_dependencies(
    cache: BuildCache, what: str, source: Path, runtime: str, prefix: str = "", wanted: Wanted = _BY_DEFAULT
) -> Path | None:
    """The zip of a source folder's dependencies, or None when it names none. Raises BuildFailed."""
    found = find_requirements(what, source, wanted)
    vendored = source / wanted.vendored if wanted.vendored else None
    if vendored is not None and not vendored.is_dir():
        raise BuildFailed(f"{what}: the folder {vendored} of vendored packages does not exist.")
    if found is None and vendored is None:
        return None
    interpreter, version = _interpreter(runtime.removeprefix("python"))
    key = f"python {version} {sys.platform} {platform.machine()} {found.fingerprint if found else ''}"
    if wanted.pip_arguments or wanted.without or wanted.strips:
        key = f"{key} {wanted.pip_arguments} {wanted.without} {wanted.strips}"
    if vendored is not None:
        key = f"{key} {content_hash(source_entries(vendored))}"

    def install(target: Path) -> None:
        if found is not None:
            _install(what, found, target, interpreter, wanted)
        if vendored is not None:
            shutil.copytree(vendored, target, dirs_exist_ok=True)

    return cache.dependencies(what, key, prefix, install)


def package_prefix(what: str, source: Path, handler: str, properties: dict[str, Any]) -> str:
    """Where the sources go in the package: below their parent packages, if BuildProperties say so. Raises BuildFailed.

    AWS: with ParentPackageMode auto, they are what the handler's packages and the source folder's path have in common.
    """
    unknown = sorted(properties.keys() - _PROPERTIES)
    if unknown:
        raise BuildFailed(f"{what}: BuildProperties {', '.join(unknown)} of Python are not known to Serein.")
    mode = properties.get("ParentPackageMode")
    if mode is None:
        return ""
    if mode == "explicit":
        packages = str(properties.get("ParentPackages") or "").split(".")
    elif mode == "auto":
        named = handler.split(".")[:-2]
        packages = next((named[:n] for n in range(len(named), 0, -1) if list(source.parts[-n:]) == named[:n]), [])
    else:
        raise BuildFailed(f"{what}: ParentPackageMode is {mode}: it can be explicit or auto.")
    return "".join(f"{package}/" for package in packages if package)


def _install(what: str, found: Requirements, target: Path, interpreter: str, wanted: Wanted) -> None:
    uv = find_tool("uv")
    if uv is not None and not wanted.pip_arguments:
        command = [uv, "pip", "install", "--quiet", "--python", interpreter, "--target", str(target)]
    elif find_tool("pip") is not None or _has_pip(interpreter):
        command = [interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        command += ["--no-compile", "--target", str(target), *wanted.pip_arguments]
    else:
        raise BuildFailed(f"{what}: {MANIFEST} needs {'pip' if uv else 'uv or pip'}, which is not installed.")
    with tempfile.TemporaryDirectory() as scratch:
        manifest = found.file or Path(scratch) / MANIFEST
        if found.file is None:
            manifest.write_text(found.text)
        run_tool(what, [*command, "-r", str(manifest)], found.folder)
    shutil.rmtree(target / "bin", ignore_errors=True)
    (target / ".lock").unlink(missing_ok=True)
    _slim(what, target, wanted)


def _slim(what: str, target: Path, wanted: Wanted) -> None:
    """Leave out what isn't wanted of the packages."""
    if wanted.without:
        entries = source_entries(target)
        kept = {entry.name for entry in selected(entries, tuple(f"!{each}" for each in wanted.without))}
        for entry in entries:
            if entry.name not in kept:
                entry.path.unlink()
    strip = find_tool("strip") if wanted.strips else None
    libraries = [str(entry.path) for entry in source_entries(target) if entry.path.suffix == ".so"] if strip else []
    if strip is not None and libraries:
        run_tool(what, [strip, *libraries], target)


@lru_cache(maxsize=8)
def _has_pip(interpreter: str) -> bool:
    return subprocess.run([interpreter, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


@lru_cache(maxsize=16)
def _interpreter(version: str) -> tuple[str, str]:
    """The interpreter that the platform runs a function of this version with, and its own version."""
    minor = int(version.rpartition(".")[2])
    found = asyncio.run(Interpreters(Machine(user_cache(), inherited())).find(minor)) or own_interpreter()
    return found.executable, found.version
