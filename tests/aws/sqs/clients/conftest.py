"""Other people's clients of SQS: where they come from, and how they are run against the server."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from serein.settings import inherited, user_cache

PROGRAMS = Path(__file__).parent / "javascript"
AWS_CLI = "awscli>=1.40"
_INSTALL_SECONDS = 400
Run = Callable[..., str]


def _installed(what: str, content: str, command: Callable[[Path], list[list[str]]]) -> Path:
    """A folder of the user's cache with what the commands put there, made once. Skips the test when they fail."""
    cache = user_cache() / "tests"
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / f"{what}-{hashlib.sha256(content.encode()).hexdigest()[:16]}"
    with (cache / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            return folder
        work = Path(tempfile.mkdtemp(prefix=f"{what}-", dir=cache))
        try:
            for step in command(work):
                subprocess.run(step, cwd=work, check=True, capture_output=True, timeout=_INSTALL_SECONDS, text=True)
            work.rename(folder)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"{what} can't be installed (it is, once, when the network is there): {error.stderr or error}")
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return folder


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The JavaScript clients, installed by npm once per user."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed: the JavaScript clients of SQS are not tested")

    def steps(work: Path) -> list[list[str]]:
        shutil.copy(PROGRAMS / "package.json", work)
        return [[npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]]

    return _installed("javascript-sqs", (PROGRAMS / "package.json").read_text(), steps) / "node_modules"


@pytest.fixture
def node(node_modules: Path, aws: Any, tmp_path: Path) -> Run:
    """Runs one of the programs in `javascript/`; it checks itself, and fails with what it printed."""

    def run(program: str) -> str:
        (tmp_path / "node_modules").symlink_to(node_modules)
        shutil.copy(PROGRAMS / program, tmp_path)
        return _output(["node", "--no-warnings", program], tmp_path, aws.environment)

    return run


@pytest.fixture(scope="session")
def aws_program() -> str:
    """The AWS CLI: the one on PATH, else one that is installed once per user, apart from our environment."""
    found = shutil.which("aws")
    if found is not None:
        return found

    def steps(work: Path) -> list[list[str]]:
        return [
            [sys.executable, "-m", "venv", "cli"],
            [str(work / "cli" / "bin" / "python"), "-m", "pip", "install", "--quiet", AWS_CLI],
        ]

    # Why by way of Python: scripts in a virtual environment name the folder in which they were made.
    return str(_installed("aws-cli", AWS_CLI, steps) / "cli" / "bin" / "python")


@pytest.fixture
def aws_cli(aws_program: str, aws: Any, tmp_path: Path) -> Run:
    """Runs the AWS CLI; returns its output."""
    program = [aws_program, "-m", "awscli"] if Path(aws_program).name == "python" else [aws_program]

    def run(*arguments: str, fails: bool = False) -> str:
        own = {**aws.environment, "HOME": str(tmp_path), "AWS_PAGER": "", "AWS_CONFIG_FILE": os.devnull}
        return _output(
            [*program, "--endpoint-url", aws.endpoint, "--output", "json", *arguments], tmp_path, own, fails=fails
        )

    return run


def _output(command: list[str], folder: Path, environment: dict[str, str], *, fails: bool = False) -> str:
    ran = subprocess.run(
        command, cwd=folder, env={**inherited(), **environment}, capture_output=True, text=True, timeout=100
    )
    assert (ran.returncode != 0) == fails, f"{' '.join(command)}: {ran.stdout[-3000:]}{ran.stderr[-6000:]}"
    return ran.stderr if fails else ran.stdout
