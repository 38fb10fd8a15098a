"""Python dependencies: `requirements.txt` installed with uv, or pip, for the interpreter that will run the function."""

import asyncio
import hashlib
import platform
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

from serein.deploy.build.cache import BuildCache
from serein.deploy.build.tools import find_tool, run_tool
from serein.deploy.errors import BuildFailed
from serein.deploy.sources import content_hash, source_entries
from serein.runtime.machine import Machine
from serein.runtime.python_packages import Interpreters, own_interpreter
from serein.settings import inherited, user_cache

MANIFEST = "requirements.txt"


def python_dependencies(cache: BuildCache, what: str, source: Path, runtime: str, prefix: str = "") -> Path | None:
    """The zip of a source folder's dependencies, or None when it names none. Raises BuildFailed."""
    manifest = source / MANIFEST
    if not manifest.is_file() or not _requirements(manifest.read_text()):
        return None
    interpreter, version = _interpreter(runtime.removeprefix("python"))
    key = f"python {version} {sys.platform} {platform.machine()} {_fingerprint(manifest)}"

    def install(target: Path) -> None:
        _install(what, manifest, target, interpreter)

    return cache.dependencies(what, key, prefix, install)


def _install(what: str, manifest: Path, target: Path, interpreter: str) -> None:
    uv = find_tool("uv")
    if uv is not None:
        command = [uv, "pip", "install", "--quiet", "--python", interpreter, "--target", str(target)]
    elif find_tool("pip") is not None or _has_pip(interpreter):
        command = [interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
        command += ["--no-compile", "--target", str(target)]
    else:
        raise BuildFailed(f"{what}: {MANIFEST} needs uv or pip, and neither is installed.")
    run_tool(what, [*command, "-r", str(manifest)], manifest.parent)
    shutil.rmtree(target / "bin", ignore_errors=True)
    (target / ".lock").unlink(missing_ok=True)


@lru_cache(maxsize=8)
def _has_pip(interpreter: str) -> bool:
    return subprocess.run([interpreter, "-m", "pip", "--version"], capture_output=True, check=False).returncode == 0


@lru_cache(maxsize=16)
def _interpreter(version: str) -> tuple[str, str]:
    """The interpreter that the platform runs a function of this version with, and its own version."""
    minor = int(version.rpartition(".")[2])
    found = asyncio.run(Interpreters(Machine(user_cache(), inherited())).find(minor)) or own_interpreter()
    return found.executable, found.version


def _requirements(text: str) -> list[str]:
    lines = [line.split(" #", 1)[0].strip() for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


def _fingerprint(manifest: Path) -> str:
    """What the installation depends on: the requirements, files they include, local folders they name."""
    digest = hashlib.sha256()
    for line in _requirements(manifest.read_text()):
        digest.update(line.encode() + b"\n")
        option, _, operand = line.replace("=", " ", 1).partition(" ")
        if option in ("-r", "--requirement", "-c", "--constraint"):
            included = manifest.parent / operand.strip()
            if included.is_file():
                digest.update(_fingerprint(included).encode())
        else:
            local = manifest.parent / (operand.strip() if option in ("-e", "--editable") else line)
            if line.startswith((".", "/", "-e", "--editable")) and local.is_dir():
                digest.update(content_hash(source_entries(local)).encode())
    return digest.hexdigest()
