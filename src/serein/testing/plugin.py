"""The pytest plugin: `serein` is a server for the session and an account of its own for each test.

`SEREIN_ENDPOINT` points the tests at a server that runs already instead.
"""

from collections.abc import Iterator

import pytest

from serein.settings import inherited
from serein.testing.serving import ServerProcess
from serein.testing.session import Serein


@pytest.fixture(scope="session")
def serein_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The endpoint of a server with the virtual clock that lives as long as the session."""
    running = inherited().get("SEREIN_ENDPOINT", "")
    if running:
        yield running
        return
    server = ServerProcess(tmp_path_factory.mktemp("serein"), {"clock": "virtual"})
    yield server.endpoint
    server.stop()


@pytest.fixture
def serein(serein_server: str) -> Serein:
    """The server, for one test: clients of an account of its own, the clock, idle, deployments."""
    return Serein(serein_server)


@pytest.fixture(scope="module")
def serein_module(serein_server: str) -> Serein:
    """As `serein`, for all tests of a module: deploy once, test many times."""
    return Serein(serein_server)
