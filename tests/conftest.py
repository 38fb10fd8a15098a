"""Fixtures of our own tests, on top of the plugin that users get."""

import pytest

from serein.testing import Serein


class Aws(Serein):
    """The test kit with the short names that several hundred tests use."""

    def idle(self) -> None:
        self.wait_until_idle()

    def advance(self, seconds: float) -> float:
        return self.clock.advance(seconds)


@pytest.fixture
def aws(serein_server: str) -> Aws:
    return Aws(serein_server)
