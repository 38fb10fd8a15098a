"""A running `serein up`, for tests of the command line."""

import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import boto3

from cli_runs import PATIENCE_SECONDS


class Up:
    """A running `serein up` and what it has printed."""

    def __init__(self, project: Path, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "serein", "up", str(project), "--port", "0"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self._has_ended = False
        self._changed = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._has_ended = True
            self._changed.notify_all()

    def wait_for(self, text: str) -> str:
        """The first line from now on, or printed before, that holds the text."""
        with self._changed:
            self._changed.wait_for(lambda: self._found(text) or self._has_ended, timeout=PATIENCE_SECONDS)
            found = self._found(text)
        assert found, "".join(self.lines)
        return found[-1]

    def _found(self, text: str) -> list[str]:
        return [line for line in self.lines if text in line]

    def api(self) -> str:
        return self.wait_for("Output        Url = ").rpartition("= ")[2].strip()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE_SECONDS)

    def count(self, text: str) -> int:
        """How many lines so far hold the text."""
        with self._changed:
            return sum(text in line for line in self.lines)

    def client(self, service: str) -> Any:
        """A client of its server."""
        endpoint = self.wait_for("export AWS_ENDPOINT_URL=").partition("=")[2].strip()
        return boto3.client(
            service, endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="x"
        )
