"""The ecosystem's own tools, told nothing but where the server is."""

import http.client
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from client_programs import output_of
from serein.testing import Serein, ServerProcess

RUN_SECONDS = 300
"""Other people's tools take a second of two processors for one command; a busy machine may have a tenth of that."""
_PATIENCE = Path(__file__).parent / "patience"


class Program:
    """A program, run in one folder against the server."""

    def __init__(self, command: tuple[str, ...], folder: Path, environment: dict[str, str]) -> None:
        self._command = command
        self._environment = environment
        self.folder = folder

    def __call__(self, *arguments: str, fails: bool = False) -> str:
        """What it prints; its errors where it has to fail."""
        return output_of([*self._command, *arguments], self.folder, self._environment, fails=fails, seconds=RUN_SECONDS)

    def write(self, files: dict[str, str]) -> None:
        """Put files into the folder."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ten commands in turn take what ten tests may."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(3 * RUN_SECONDS))


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server whose time goes on: tools look for events that are later than those they have seen."""
    server = ServerProcess(tmp_path_factory.mktemp("tools"))
    yield server
    server.stop()


@pytest.fixture
def aws(running: ServerProcess) -> Serein:
    return Serein(running.endpoint)


@pytest.fixture
def program(aws: Serein, tmp_path: Path) -> Callable[..., Program]:
    """Makes a `Program` of a command; `variables` are added to what points it at the server."""

    def make(command: tuple[str, ...], **variables: str) -> Program:
        folder, home = tmp_path / "app", tmp_path / "home"
        folder.mkdir()
        home.mkdir()
        environment = {**aws.environment, "HOME": str(home), "PYTHONPATH": str(_PATIENCE), "AWS_PAGER": "", **variables}
        return Program(command, folder, environment)

    return make


@pytest.fixture
def get(aws: Serein) -> Callable[[str], Any]:
    """Asks a URL that a tool printed of this server, and reads the JSON that comes."""

    def ask(url: str) -> Any:
        parts, server = urlsplit(url), urlsplit(aws.endpoint)
        connection = http.client.HTTPConnection(server.hostname or "", server.port, timeout=60)
        try:
            connection.request("GET", parts.path, headers={"Host": parts.netloc})
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    return ask
