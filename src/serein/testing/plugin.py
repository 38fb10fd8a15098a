"""The pytest plugin: `serein` is a server, and an account of its own for each test.

`SEREIN_ENDPOINT` points the tests at a server that runs already instead.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from serein.settings import inherited
from serein.testing.fleet import Fleet
from serein.testing.serving import ServerProcess
from serein.testing.session import Serein


@pytest.fixture(scope="session")
def serein_fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """The session's servers, on the virtual clock; one is started when it is first needed."""

    def start() -> ServerProcess:
        return ServerProcess(tmp_path_factory.mktemp("serein"), {"clock": "virtual"})

    fleet = Fleet(start)
    yield fleet
    fleet.close()


@contextmanager
def lent(fleet: Fleet, module: str, kind: type[Serein] = Serein) -> Iterator[Serein]:
    """A session on a server that is the module's and whose clock nobody has moved, or the one of `SEREIN_ENDPOINT`."""
    running = inherited().get("SEREIN_ENDPOINT", "")
    if running:
        yield kind(running)
        return
    lease = fleet.lend(module)
    session = kind(lease.endpoint)
    session.on_advance = lambda: setattr(lease, "is_spent", True)
    yield session
    fleet.give_back(lease)


@pytest.fixture(scope="session")
def serein_server(serein_fleet: Fleet) -> Iterator[str]:
    """The endpoint of a server that lives as long as the session."""
    with lent(serein_fleet, "") as session:
        yield session.endpoint


@pytest.fixture
def serein(serein_fleet: Fleet, request: pytest.FixtureRequest) -> Iterator[Serein]:
    """The server, for one test: clients of an account of its own, the clock, idle, deployments."""
    with lent(serein_fleet, str(request.path)) as session:
        yield session


@pytest.fixture(scope="module")
def serein_module(serein_fleet: Fleet, request: pytest.FixtureRequest) -> Iterator[Serein]:
    """As `serein`, for all tests of a module: deploy once, test many times."""
    with lent(serein_fleet, str(request.path)) as session:
        yield session
