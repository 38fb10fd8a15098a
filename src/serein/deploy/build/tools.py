"""Running the tools that build: uv or pip, npm, esbuild, make, cargo, go, Maven, Gradle, Bundler."""

import shutil
import subprocess
import sys
from pathlib import Path

from serein.deploy.errors import BuildFailed
from serein.settings import inherited

_LONGEST_OUTPUT = 4000
_PATIENCE_SECONDS = 900


def find_tool(name: str) -> str | None:
    """The tool on PATH, or beside this interpreter."""
    found = shutil.which(name)
    beside = Path(sys.executable).with_name(name)
    return found or (str(beside) if beside.exists() else None)


def require_tool(name: str, why: str) -> str:
    """The tool's path. Raises BuildFailed, which says who needs it."""
    found = find_tool(name)
    if found is None:
        raise BuildFailed(f"{why} needs {name}, which is not installed (not on PATH).")
    return found


def run_tool(what: str, command: list[str], folder: Path, environment: dict[str, str] | None = None) -> None:
    """Run a tool in a folder. Raises BuildFailed with the end of its output."""
    _run(what, command, folder, environment, subprocess.STDOUT)


def output_of_tool(what: str, command: list[str], folder: Path) -> str:
    """What a tool prints. Raises BuildFailed with the end of what it printed as errors."""
    return _run(what, command, folder, None, subprocess.PIPE).decode(errors="replace")


def _run(what: str, command: list[str], folder: Path, environment: dict[str, str] | None, errors: int) -> bytes:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**inherited(), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise BuildFailed(f"{what}: {Path(command[0]).name} took longer than {_PATIENCE_SECONDS} s.") from error
    except OSError as error:
        raise BuildFailed(f"{what}: {command[0]} can't be run: {error}") from error
    if done.returncode != 0:
        output = (done.stderr or done.stdout).decode(errors="replace").strip()[-_LONGEST_OUTPUT:]
        raise BuildFailed(f"{what}: {Path(command[0]).name} failed with exit code {done.returncode}.\n{output}")
    return done.stdout
