"""The server that `up` runs: a process that ends with it, whatever becomes of it."""

import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from serein.cli.connection import CommandFailed
from serein.cli.servers import wait_until_ready

_STOP_SECONDS = 30.0
_DEFAULT_PORT = 4566


class ChildServer:
    """A running server with its data in a folder."""

    def __init__(self, data: Path, port: int | None, options: dict[str, str]) -> None:
        """Start it and wait until it answers. Without a port: 4566 when it is free, else any. Raises CommandFailed."""
        data.mkdir(parents=True, exist_ok=True)
        self._log_path = data / "server.log"
        self._log = self._log_path.open("wb")
        chosen = port if port is not None else _free_port(_DEFAULT_PORT)
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
        try:
            self.state: dict[str, Any] = wait_until_ready(data, self.process, self._log_path)
        except CommandFailed:
            self.stop()
            raise

    @property
    def endpoint(self) -> str:
        endpoint: str = self.state["endpoint"]
        return endpoint

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


def _free_port(wanted: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return 0
    return wanted
