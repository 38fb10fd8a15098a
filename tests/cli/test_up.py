"""`serein up`: one command, an application that runs and follows its files."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cli_runs import CODE, HELLO, PATIENCE_SECONDS, Run


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
        self._changed = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._changed:
                self.lines.append(line)
                self._changed.notify_all()

    def wait_for(self, text: str) -> str:
        """The first line from now on, or printed before, that holds the text."""
        with self._changed:
            found = self._changed.wait_for(
                lambda: [line for line in self.lines if text in line], timeout=PATIENCE_SECONDS
            )
        assert found, "".join(self.lines)
        return found[-1]

    def api(self) -> str:
        return self.wait_for("Output        Url = ").rpartition("= ")[2].strip()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(PATIENCE_SECONDS)


def _get(url: str) -> tuple[int, str]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=30)
    connection.request("GET", parts.path, headers={"Host": parts.netloc})
    answer = connection.getresponse()
    content = answer.read().decode()
    connection.close()
    return answer.status, content


@pytest.fixture
def up(project: Path, environment: dict[str, str]) -> Iterator[Up]:
    running = Up(project, environment)
    yield running
    running.stop()
    if running.process.stdout is not None:
        running.process.stdout.close()


def test_an_application_comes_up_follows_its_files_and_is_kept(
    up: Up, project: Path, environment: dict[str, str], cli: Run
) -> None:
    url = up.api() + "/hello"
    up.wait_for("Logs follow")
    assert _get(url) == (200, "hello you")
    up.wait_for("Hello | log line")
    assert "export AWS_ENDPOINT_URL=" in "".join(up.lines)

    second = cli("up", str(project))
    assert second.returncode == 1
    assert "up already" in second.stderr

    (project / "code" / "app.py").write_text(CODE.replace('" " + event', '", dear " + event'))
    up.wait_for("app.py: Hello updated in")
    assert _get(url) == (200, "hello, dear you")

    (project / "template.yaml").write_text("Resources: [")
    up.wait_for("not a valid template")
    assert _get(url) == (200, "hello, dear you")
    (project / "template.yaml").write_text(HELLO.replace("Default: hello", "Default: good day"))
    up.wait_for("template.yaml: hello-app updated in")
    assert _get(url) == (200, "good day, dear you")

    assert up.stop() == 0
    up.wait_for("Everything is kept")
    assert sorted(path.name for path in project.iterdir()) == [".serein", "code", "template.yaml"]

    again = Up(project, environment)
    try:
        assert again.api() + "/hello" == url
    finally:
        again.stop()


def test_a_template_that_fails_is_told_and_a_saved_correction_deploys(
    project: Path, environment: dict[str, str]
) -> None:
    (project / "template.yaml").write_text(HELLO.replace("code/", "nowhere/"))
    running = Up(project, environment)
    try:
        running.wait_for("Save a corrected file")
        running.wait_for("Logs follow")
        (project / "template.yaml").write_text(HELLO)
        running.wait_for("hello-app updated in")
    finally:
        assert running.stop() == 0


def test_the_server_does_not_outlive_up(project: Path, environment: dict[str, str]) -> None:
    running = Up(project, environment)
    running.wait_for("Logs follow")
    pid = json.loads((project / ".serein" / "server.json").read_text())["pid"]
    running.process.kill()
    running.process.wait()
    done = threading.Event()
    for _ in range(300):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        done.wait(0.1)
    pytest.fail("the server is still running")
