"""Other people's programs: installed once per user, in the user's cache, and run against the server."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

from serein.deploy.build.tools import find_tool
from serein.settings import inherited, user_cache

NPM_INSTALL = ("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")
_AWS_CLI = "awscli>=1.40"
_INSTALL_SECONDS = 400
_RUN_SECONDS = 100
Run = Callable[..., str]
Steps = Callable[[Path], Sequence[Sequence[str]]]


def installed(what: str, sources: Sequence[Path], steps: Steps, content: str = "") -> Path:
    """A folder with the sources and what the steps, run there, add to them; made once for the same content.

    Skips the test when a step fails.
    """
    digest = hashlib.sha256(content.encode() + b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    kept = user_cache() / "tests"
    kept.mkdir(parents=True, exist_ok=True)
    folder = kept / f"{what}-{digest}"
    with (kept / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            return folder
        work = Path(tempfile.mkdtemp(prefix=f"{what}-", dir=kept))
        try:
            for path in sources:
                shutil.copy(path, work)
            for step in steps(work):
                subprocess.run(step, cwd=work, check=True, capture_output=True, timeout=_INSTALL_SECONDS, text=True)
            work.rename(folder)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"{what} can't be installed (it is, once, when the network is there): {error.stderr or error}")
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return folder


def require_node() -> None:
    """Skip the test where node or npm is missing."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed: programs in JavaScript are not tested")


@cache
def node_modules(package: Path) -> Path:
    """The packages that a `package.json` wants, installed by npm."""
    require_node()
    return installed("javascript", [package], lambda _: [NPM_INSTALL]) / "node_modules"


@cache
def aws_command() -> tuple[str, ...]:
    """The AWS CLI: the one on PATH, else one that is installed apart from our environment."""
    found = shutil.which("aws")
    if found is not None:
        return (found,)

    return python_program("aws-cli", _AWS_CLI, "awscli")


@cache
def python_program(what: str, requirement: str, start: str) -> tuple[str, ...]:
    """A program of PyPI in an environment of its own; `start` is its module, or `-c` code."""

    def steps(work: Path) -> list[list[str]]:
        python = str(work / "cli" / "bin" / "python")
        uv = find_tool("uv")
        if uv is not None:
            return [
                [uv, "venv", "--quiet", "--python", sys.executable, "cli"],
                [uv, "pip", "install", "--quiet", "--python", python, *requirement.split()],
            ]
        return [
            [sys.executable, "-m", "venv", "cli"],
            [python, "-m", "pip", "install", "--quiet", *requirement.split()],
        ]

    # Why by way of Python: scripts in a virtual environment name the folder in which they were made.
    python = str(installed(what, [], steps, requirement) / "cli" / "bin" / "python")
    return (python, "-m", start) if start.replace(".", "").isidentifier() else (python, "-c", start)


def run_node(program: Path, folder: Path, environment: Mapping[str, str]) -> str:
    """Run a program of a folder with a `package.json`; it checks itself, and fails with what it printed."""
    modules = folder / "node_modules"
    if not modules.exists():
        modules.symlink_to(node_modules(program.parent / "package.json"))
    shutil.copy(program, folder)
    return output_of(["node", "--no-warnings", program.name], folder, environment)


def run_aws(arguments: Sequence[str], folder: Path, environment: Mapping[str, str], *, fails: bool = False) -> str:
    """Run the AWS CLI, which knows nothing but the environment; its output, or its errors where it has to fail."""
    own = {**environment, "HOME": str(folder), "AWS_PAGER": "", "AWS_CONFIG_FILE": os.devnull}
    return output_of([*aws_command(), "--output", "json", *arguments], folder, own, fails=fails)


def output_of(
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    *,
    fails: bool = False,
    seconds: float = _RUN_SECONDS,
) -> str:
    """What a command prints; to standard error where it has to fail."""
    ran = subprocess.run(
        command, cwd=folder, env={**inherited(), **environment}, capture_output=True, text=True, timeout=seconds
    )
    assert (ran.returncode != 0) == fails, f"{' '.join(command)}: {ran.stdout[-3000:]}{ran.stderr[-6000:]}"
    return ran.stderr if fails else ran.stdout
