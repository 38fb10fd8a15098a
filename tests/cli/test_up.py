"""`serein up`: one command, an application that runs and follows its files."""

import http.client
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cli_runs import CODE, HELLO, Run
from running_up import Up


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


def test_an_edit_of_the_template_shows_what_it_is_going_to_change(up: Up, project: Path) -> None:
    up.wait_for("Logs follow")
    (project / "template.yaml").write_text(HELLO.replace("Default: hello", "Default: moin").replace("Any:", "Other:"))
    up.wait_for("Environment.Variables.GREETING: hello → moin")
    up.wait_for("HelloOtherPermission")
    up.wait_for("template.yaml: hello-app updated in")


def test_several_applications_of_a_serein_toml_are_up_together_and_follow_their_own_files(
    project: Path, environment: dict[str, str]
) -> None:
    other = project.parent / "topics"
    other.mkdir()
    (other / "template.yaml").write_text("Resources: {Topic: {Type: AWS::SNS::Topic}}")
    parts = "".join(f'[[applications]]\npath = "{name}"\n' for name in ("topics", "hello-app"))
    (project.parent / "serein.toml").write_text(parts)
    running = Up(project.parent, environment)
    try:
        running.wait_for("Logs follow")
        assert _get(running.api() + "/hello") == (200, "hello you")
        assert running.count("topics: deployed in") == 1
        (other / "template.yaml").write_text(
            "Resources: {Topic: {Type: AWS::SNS::Topic}, More: {Type: AWS::SNS::Topic}}"
        )
        running.wait_for("template.yaml: topics updated in")
        assert running.count("hello-app updated in") == 0
    finally:
        assert running.stop() == 0
