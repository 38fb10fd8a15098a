"""Fixtures of our own tests, on top of the plugin that users get."""

import signal
from collections.abc import Iterator

import pytest

from serein.testing import Serein
from serein.testing.fleet import Fleet
from serein.testing.plugin import lent


class Aws(Serein):
    """The test kit with the short names that several hundred tests use."""

    def idle(self) -> None:
        self.wait_until_idle()

    def advance(self, seconds: float) -> float:
        return self.clock.advance(seconds)


def pytest_configure() -> None:
    """A shell starts what runs in its background with SIGINT ignored, and so does whatever that starts."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what kills servers, which takes longest: whoever began it last would be waited for at the end."""
    items.sort(key=lambda item: item.get_closest_marker("crash") is None)


@pytest.fixture
def aws(serein_fleet: Fleet, request: pytest.FixtureRequest) -> Iterator[Serein]:
    with lent(serein_fleet, str(request.path), Aws) as session:
        yield session
