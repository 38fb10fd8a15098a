"""Other people's clients, for the tests of every service."""

from pathlib import Path
from typing import Any

import pytest

from client_programs import Run, run_aws, run_node


@pytest.fixture
def node(request: pytest.FixtureRequest, aws: Any, tmp_path: Path) -> Run:
    """Runs one of the programs in `javascript/` beside the test; it checks itself, and fails with what it printed."""

    def run(program: str) -> str:
        return run_node(request.path.parent / "javascript" / program, tmp_path, aws.environment)

    return run


@pytest.fixture
def aws_cli(aws: Any, tmp_path: Path) -> Run:
    """Runs the AWS CLI; returns its output."""

    def run(*arguments: str, fails: bool = False) -> str:
        return run_aws(["--endpoint-url", aws.endpoint, *arguments], tmp_path, aws.environment, fails=fails)

    return run
