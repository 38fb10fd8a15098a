"""Fixtures of CloudWatch's tests: a client whose server's clock is the test's own."""

from typing import Any

import pytest


@pytest.fixture
def cloudwatch(aws: Any) -> Any:
    return aws.client("cloudwatch")


@pytest.fixture
def now(aws: Any) -> float:
    """The platform's time, ten seconds into a minute."""
    time: float = aws.clock.now()
    return float(time // 60 * 60 + 10)
