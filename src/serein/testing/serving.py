"""A server in a process of its own that never outlives the test session.

`python -m serein.testing` is that process.
"""

import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from serein.settings import inherited


class ServerDidNotStart(Exception):
    """The server ended before it was ready; the message is what it printed."""


class ServerProcess:
    """A running server. `kill` ends it as a power cut would."""

    def __init__(
        self, data: Path, settings: Mapping[str, str] | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        """Start a server on a free port. `settings` are those of `serein serve`, by name."""
        self.data = data
        self._settings = {"port": "0", "data": str(data), **(settings or {})}
        variables = {f"SEREIN_{name.upper()}": value for name, value in self._settings.items()}
        data.mkdir(parents=True, exist_ok=True)
        self._log = (data / "server.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "serein.testing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env={**inherited(), **(environment or {}), **variables},
        )
        self.endpoint = _read_line(self.process.stdout)
        if not self.endpoint:
            self.process.wait()
            raise ServerDidNotStart((data / "server.log").read_text()[-4000:])

    @property
    def port(self) -> int:
        return int(self.endpoint.rpartition(":")[2])

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it with SIGKILL."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.wait(timeout=30)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self._log.close()


def _read_line(stream: IO[bytes] | None) -> str:
    assert stream is not None
    return stream.readline().decode().strip()
