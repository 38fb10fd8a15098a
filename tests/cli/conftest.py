"""The real command line, in processes of their own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli_runs import CODE, HELLO, PATIENCE_SECONDS, Run
from running_up import Up
from serein.testing import Serein


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a small SAM application."""
    folder = tmp_path / "hello-app"
    (folder / "code").mkdir(parents=True)
    (folder / "template.yaml").write_text(HELLO)
    (folder / "code" / "app.py").write_text(CODE)
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment without anything that points to a server or to AWS."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SEREIN_"))}
    return {**kept, "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "HOME": str(tmp_path)}


@pytest.fixture
def cli(environment: dict[str, str], tmp_path: Path) -> Run:
    """Run `serein` with arguments; no server is running where it looks."""

    def run(*arguments: str, **options: str) -> "subprocess.CompletedProcess[str]":
        variables = {name: value for name, value in options.items() if name.isupper()}
        return subprocess.run(
            [sys.executable, "-m", "serein", *arguments],
            env={**environment, **variables},
            cwd=options.get("folder", str(tmp_path)),
            input=options.get("stdin", ""),
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
        )

    return run


@pytest.fixture
def serein_cli(cli: Run, serein: Serein) -> Run:
    """Run `serein` against the session's server, in the test's own account."""

    def run(*arguments: str, **options: str) -> "subprocess.CompletedProcess[str]":
        return cli(*arguments, AWS_ENDPOINT_URL=serein.endpoint, AWS_ACCESS_KEY_ID=serein.account, **options)

    return run


@pytest.fixture
def begin_up(environment: dict[str, str]) -> Iterator[Callable[[Path], Up]]:
    """Run `serein up` in a folder until the test ends."""
    running: list[Up] = []

    def begin(folder: Path) -> Up:
        running.append(Up(folder, environment))
        return running[-1]

    yield begin
    for up in running:
        up.stop()
        if up.process.stdout is not None:
            up.process.stdout.close()
