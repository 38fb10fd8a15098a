"""A server in a process of its own that never outlives the test session.

`python -m serein.testing.serving` is the process: settings from the environment, the endpoint on standard output once
it is ready, and an end when standard input closes.
"""

import asyncio
import os
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
            [sys.executable, "-m", "serein.testing.serving"],
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


def main() -> None:
    """Serve until standard input closes or a signal comes."""
    # Why here: the test kit is imported by every pytest run, the server only by this process.
    from serein.app import Server, serve
    from serein.settings import from_environment

    async def on_ready(server: Server) -> None:
        print(server.endpoint, flush=True)
        loop = asyncio.get_running_loop()
        loop.add_reader(0, _end_with_parent, loop)

    serve(from_environment(), on_ready)


def _end_with_parent(loop: asyncio.AbstractEventLoop) -> None:
    if not os.read(0, 1024):
        loop.remove_reader(0)
        os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
