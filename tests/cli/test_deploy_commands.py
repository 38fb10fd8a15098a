"""deploy, invoke, logs and delete against a running server."""

import json
from pathlib import Path

import pytest

from cli_runs import CODE, HELLO, Run
from serein.testing import Serein


def test_an_application_is_deployed_invoked_changed_and_deleted(serein_cli: Run, serein: Serein, project: Path) -> None:
    first = serein_cli("deploy", str(project), "--param", "Greeting=good day")
    assert first.returncode == 0, first.stderr
    assert "hello-app: deployed in" in first.stdout
    assert "HTTP API      ServerlessHttpApi  http://" in first.stdout
    assert "→ function hello-app-Hello-" in first.stdout
    assert "\x1b[" not in first.stdout + first.stderr

    invoked = serein_cli("invoke", "Hello", '{"name": "world"}')
    assert (invoked.returncode, invoked.stdout) == (0, '"good day world"\n')
    assert "log line" in invoked.stderr
    assert "REPORT RequestId" in invoked.stderr

    again = serein_cli("deploy", str(project))
    assert "nothing has changed" in again.stdout

    (project / "code" / "app.py").write_text(CODE.replace("log line", "new line"))
    assert serein_cli("deploy", str(project)).returncode == 0
    assert "new line" in serein_cli("invoke", "Hello", "-", stdin="{}").stderr

    serein.wait_until_idle()
    shown = serein_cli("logs", "Hello")
    assert shown.returncode == 0
    assert "log line {'name': 'world'}" in shown.stdout
    assert "new line {}" in shown.stdout

    deleted = serein_cli("delete", str(project))
    assert (deleted.returncode, deleted.stdout) == (0, "hello-app: deleted.\n")
    assert serein_cli("delete", "--stack", "hello-app").returncode == 1
    assert serein.client("lambda").list_functions()["Functions"] == []


def test_a_function_that_fails_is_exit_code_1(serein_cli: Run, project: Path, tmp_path: Path) -> None:
    serein_cli("deploy", str(project), "--stack", "mine")
    payload = tmp_path / "event.json"
    payload.write_text('{"fail": true}')
    failed = serein_cli("invoke", "Hello", "--stack", "mine", "--file", str(payload))
    assert failed.returncode == 1
    assert json.loads(failed.stdout)["errorMessage"] == "as asked"
    accepted = serein_cli("invoke", "Hello", "{}", "--async")
    assert (accepted.returncode, accepted.stdout) == (0, "")
    assert "Accepted" in accepted.stderr


def test_a_function_that_is_not_there_lists_those_that_are(serein_cli: Run, project: Path) -> None:
    serein_cli("deploy", str(project))
    failed = serein_cli("invoke", "Goodbye")
    assert failed.returncode == 1
    assert "no function Goodbye" in failed.stderr
    assert "hello-app-Hello-" in failed.stderr


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("Resources: [", "not a valid template"),
        (HELLO.replace("code/", "nowhere/"), "nowhere does not exist"),
        (HELLO.replace("Default: hello", "Description: x"), "--param Greeting="),
        (HELLO + "  Bad: {Value: !GetAtt Nothing.Arn}\n", "Nothing"),
    ],
)
def test_mistakes_in_a_template_are_told(serein_cli: Run, project: Path, template: str, told: str) -> None:
    (project / "template.yaml").write_text(template)
    failed = serein_cli("deploy", str(project))
    assert failed.returncode == 1
    assert told in failed.stderr
    assert "Traceback" not in failed.stderr


def test_a_parameter_that_the_template_does_not_have_is_named(serein_cli: Run, project: Path) -> None:
    failed = serein_cli("deploy", str(project), "--param", "Colour=red")
    assert failed.returncode == 1
    assert "no parameter Colour. It has: Greeting." in failed.stderr
    assert serein_cli("deploy", str(project), "--param", "nonsense").returncode == 2


def test_a_payload_that_is_not_json_is_wrong_usage(serein_cli: Run) -> None:
    failed = serein_cli("invoke", "f", "{nonsense")
    assert failed.returncode == 2
    assert "not JSON" in failed.stderr
