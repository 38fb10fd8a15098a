"""A server in a process of its own that never outlives the test session.

`python -m serein.testing` is the nursery that forks them: one for each process that runs tests, started with its first
server.
"""

import atexit
import contextlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import IO

from serein.settings import inherited

LENGTH = struct.Struct(">I")
"""What precedes an order to the nursery."""
REPORT = struct.Struct("i")
"""A report of the nursery on a server: first its process id, and its exit status at the end."""
_END_SECONDS = 30.0


class ServerDidNotStart(Exception):
    """The server ended before it was ready; the message is what it printed."""


class NurseryEnded(Exception):
    """The process that forks servers is gone; the message is what it printed."""


class Nursery:
    """The process that forks servers, seen from the tests."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair()
        self._lock = threading.Lock()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "serein.testing"], stdin=theirs.fileno(), stderr=self._errors
            )
        atexit.register(self.close)

    def order(self, environment: Mapping[str, str], descriptors: list[int]) -> None:
        """Have a server forked, with that environment and those descriptors."""
        order = json.dumps({"environment": dict(environment), "folder": str(Path.cwd())}).encode()
        # Why suppress: that the nursery has ended is seen where its report is awaited.
        with self._lock, contextlib.suppress(BrokenPipeError, ConnectionResetError):
            socket.send_fds(self._control, [LENGTH.pack(len(order))], descriptors)
            self._control.sendall(order)

    def close(self) -> None:
        """End it; its servers end with their standard input."""
        self._control.close()
        self._process.wait(_END_SECONDS)

    def printed(self) -> str:
        """The end of what it wrote to standard error."""
        self._errors.seek(0)
        return self._errors.read()[-4000:].decode(errors="replace")


@cache
def _nursery_of(_process: int) -> Nursery:
    return Nursery()


class ForkedProcess:
    """A server that the nursery has forked, with the names that `subprocess.Popen` has for the same."""

    def __init__(self, environment: Mapping[str, str], log: IO[bytes]) -> None:
        """Raises NurseryEnded."""
        self.returncode: int | None = None
        self._nursery = _nursery_of(os.getpid())
        input_reader, self._input = os.pipe()
        output_reader, output = os.pipe()
        self._report, report = os.pipe()
        self._output = os.fdopen(output_reader, "rb")
        self._nursery.order(environment, [input_reader, output, log.fileno(), report])
        for descriptor in (input_reader, output, report):
            os.close(descriptor)
        self.pid = self._read_report()

    def read_line(self) -> str:
        """The next line of its standard output; empty when that has ended."""
        return self._output.readline().decode().strip()

    def poll(self) -> int | None:
        """Its exit status, negative for a signal, or None while it runs."""
        if self.returncode is None and select.select([self._report], [], [], 0)[0]:
            self._end()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, once it has ended. Raises TimeoutError after so many seconds."""
        if self.returncode is None:
            if not select.select([self._report], [], [], timeout)[0]:
                raise TimeoutError(f"process {self.pid} has not ended in {timeout} s")
            self._end()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Signal it, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def _end(self) -> None:
        self.returncode = self._read_report()
        self._close()

    def _close(self) -> None:
        os.close(self._report)
        os.close(self._input)
        self._output.close()

    def _read_report(self) -> int:
        report = os.read(self._report, REPORT.size)
        if not report:
            self._close()
            _nursery_of.cache_clear()
            raise NurseryEnded(self._nursery.printed())
        number: int = REPORT.unpack(report)[0]
        return number


class ServerProcess:
    """A running server. `kill` ends it as a power cut would."""

    def __init__(
        self, data: Path, settings: Mapping[str, str] | None = None, environment: Mapping[str, str] | None = None
    ) -> None:
        """Start a server on a free port. `settings` are those of `serein serve`, by name.

        Raises ServerDidNotStart.
        """
        self.data = data
        self._settings = {"port": "0", "data": str(data), **(settings or {})}
        variables = {f"SEREIN_{name.upper()}": value for name, value in self._settings.items()}
        data.mkdir(parents=True, exist_ok=True)
        with (data / "server.log").open("ab") as log:
            try:
                self.process = ForkedProcess({**inherited(), **(environment or {}), **variables}, log)
            except NurseryEnded as error:
                raise ServerDidNotStart(str(error)) from None
        self.endpoint = self.process.read_line()
        if not self.endpoint:
            self.process.wait()
            raise ServerDidNotStart((data / "server.log").read_text()[-4000:])

    @property
    def port(self) -> int:
        return int(self.endpoint.rpartition(":")[2])

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        self.begin_to_stop()
        self.process.wait(_END_SECONDS)

    def begin_to_stop(self) -> None:
        """As `stop`, without waiting until it has ended."""
        self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it with SIGKILL."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(_END_SECONDS)
