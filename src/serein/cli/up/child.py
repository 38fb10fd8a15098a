"""The server that `up` runs: a process that ends with it, whatever becomes of it."""

import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from serein.cli.connection import CommandFailed
from serein.cli.servers import wait_until_ready

_STOP_SECONDS = 30.0
_DEFAULT_PORT = 4566
PORT_FILE = "port"


class ChildServer:
    """A running server with its data in a folder."""

    def __init__(self, data: Path, port: int | None, options: dict[str, str]) -> None:
        """Start it; `wait` until it answers.

        Without a port (or with 0) it gets the one that it had last time: addresses that were handed out, such as queue
        URLs in the environment of functions, name it. When that is taken: 4566, else any.
        """
        data.mkdir(parents=True, exist_ok=True)
        self.previous_port = _last_port(data)
        self._log_path = data / "server.log"
        self._log = self._log_path.open("wb")
        chosen = port or _free_port([self.previous_port, _DEFAULT_PORT if port is None else 0])
        arguments = [f"--{name}={value}" for name, value in options.items()]
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "serein",
                "serve",
                f"--port={chosen}",
                f"--data={data}",
                *arguments,
                "--exit-with-stdin",
            ],
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        self._data = data
        self.state: dict[str, Any] = {}

    def wait(self) -> None:
        """Until it answers. Raises CommandFailed."""
        try:
            self.state = wait_until_ready(self._data, self.process, self._log_path)
        except CommandFailed:
            self.stop()
            raise
        (self._data / PORT_FILE).write_text(str(self.port))

    @property
    def endpoint(self) -> str:
        endpoint: str = self.state["endpoint"]
        return endpoint

    @property
    def port(self) -> int:
        return urlsplit(self.endpoint).port or 0

    def require_alive(self) -> None:
        """Raises CommandFailed with the end of its log when the server has ended."""
        if self.process.poll() is not None:
            said = self._log_path.read_text(errors="replace").strip()[-2000:]
            raise CommandFailed(f"The server has ended (exit code {self.process.returncode}).\n{said}")

    def stop(self) -> None:
        """End it; everything is kept."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()
        self._log.close()


def _last_port(data: Path) -> int:
    try:
        return int((data / PORT_FILE).read_text())
    except (OSError, ValueError):
        return 0


def _free_port(wanted: list[int]) -> int:
    """The first of the ports that is free; 0 (any) when none is."""
    for port in filter(None, wanted):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    return 0
