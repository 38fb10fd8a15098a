"""What functions logged and how they failed, as a developer reads it."""

import json
from pathlib import Path

import pytest

from cli_runs import Run
from serein.testing import Serein

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Handler: app.handler}}
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: code, Runtime: python3.12, AutoPublishAlias: live}
  Script:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: js, Runtime: nodejs20.x, Layers: [!Ref Shared]}
  Quiet:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: code
      Runtime: python3.12
      LoggingConfig: {LogFormat: JSON, LogGroup: /quiet/logs}
  Shared: {Type: AWS::Serverless::LayerVersion, Properties: {ContentUri: layer}}
"""
PYTHON = """
def handler(event, context):
    print("python says", event)
    return inner(event)

def inner(event):
    if event.get("fail"):
        raise ValueError("as asked")
    return event
"""
NODE = """
const { check } = require("/opt/shared.js");
exports.handler = async (event) => {
  console.log("node says", JSON.stringify(event));
  return check(event);
};
"""
LAYER = """
exports.check = (event) => {
  if (event.fail) throw new TypeError("not like this");
  return event;
};
"""


@pytest.fixture
def application(tmp_path: Path, serein: Serein) -> Path:
    folder = tmp_path / "shop"
    for name, code in (("code/app.py", PYTHON), ("js/app.js", NODE), ("layer/shared.js", LAYER)):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text(code)
    (folder / "template.yaml").write_text(TEMPLATE)
    serein.deploy(folder, "shop")
    return folder


def test_errors_show_the_developers_files(serein_cli: Run, serein: Serein, application: Path) -> None:
    failed = serein_cli("invoke", "Hello", '{"fail": true}')
    assert failed.returncode == 1
    assert json.loads(failed.stdout)["errorMessage"] == "as asked"
    frame = f'  File "{application}/code/app.py", line 8, in inner\n    raise ValueError("as asked")\n'
    assert frame in failed.stderr
    assert "failed: ValueError: as asked" in failed.stderr
    without_log = serein_cli("invoke", "Hello", '{"fail": true}', "--no-log")
    assert "START RequestId" not in without_log.stderr
    assert "Traceback (most recent call last):\n" in without_log.stderr
    assert frame.rstrip() in without_log.stderr

    failed = serein_cli("invoke", "Script", '{"fail": true}')
    assert f"    at exports.check ({application}/layer/shared.js:3:25)\n" in failed.stderr
    assert f"    at exports.handler ({application}/js/app.js:5:10)\n" in failed.stderr
    assert "bootstrap.cjs" not in failed.stderr
    assert "bootstrap.cjs" in failed.stdout

    assert "as asked" in serein_cli("invoke", "Quiet", '{"fail": true}').stderr
    serein.wait_until_idle()
    shown = serein_cli("logs", "Hello", "Script", "Quiet", "--since", "5m").stdout
    for line in (
        f'  File "{application}/code/app.py", line 4, in handler',
        f"    at exports.check ({application}/layer/shared.js:3:25)",
        "ValueError: as asked",
        "TypeError: not like this",
    ):
        assert line in shown
    assert '"stack"' not in shown
    assert '"stackTrace"' not in shown


def test_logs_of_several_functions_come_by_time_with_their_names(
    serein_cli: Run, serein: Serein, application: Path
) -> None:
    for number, function in enumerate(("Hello", "Script", "Hello", "Quiet")):
        assert serein_cli("invoke", function, json.dumps({"n": number})).returncode == 0
        serein.clock.advance(1)
    shown = serein_cli("logs", "--stack", "shop")
    lines = [line for line in shown.stdout.splitlines() if "says" in line]
    assert [line.split(" | ")[0].split()[-1] for line in lines] == ["Hello", "Script", "Hello", "Quiet"]
    assert "\x1b[" not in shown.stdout

    only = serein_cli("logs", "Script").stdout
    assert "node says" in only
    assert "python says" not in only
    assert "/quiet/logs | " in serein_cli("logs", "/quiet/logs").stdout

    filtered = serein_cli("logs", "--filter", '"python says"').stdout.splitlines()
    assert len(filtered) == 2
    assert all("python says" in line for line in filtered)
    assert serein_cli("logs", "--filter", '"never said"').stdout == ""


def test_names_that_are_not_there_are_answered_with_the_nearest(
    serein_cli: Run, serein: Serein, application: Path
) -> None:
    assert serein_cli("invoke", "Quiet").returncode == 0
    serein.wait_until_idle()
    for command in ("invoke", "logs"):
        failed = serein_cli(command, "Helo")
        assert failed.returncode == 1
        assert "There is no function Helo. Did you mean Hello?" in failed.stderr
        assert "Script" in failed.stderr
    failed = serein_cli("logs", "/quiet/log")
    assert (failed.returncode, failed.stdout) == (1, "")
    assert "There is no log group /quiet/log. Did you mean /quiet/logs?" in failed.stderr
    failed = serein_cli("invoke", "Hello", "--stack", "nowhere")
    assert failed.returncode == 1
    assert "nowhere" in failed.stderr
    failed = serein_cli("logs", "/quiet/logs", "--filter", "{ $.a = ")
    assert failed.returncode == 1
    assert "Traceback" not in failed.stderr
    assert serein_cli("logs", "--since", "soon").returncode == 2


def test_events_come_from_files_standard_input_or_the_command_line(
    serein_cli: Run, application: Path, tmp_path: Path
) -> None:
    event = tmp_path / "event.json"
    event.write_text('{"from": "file"}')
    assert serein_cli("invoke", "Hello", "--event", str(event)).stdout == '{"from": "file"}\n'
    assert serein_cli("invoke", "Hello", "-e", '{"from": "here"}').stdout == '{"from": "here"}\n'
    assert serein_cli("invoke", "Hello", "-e", "-", stdin='{"from": "input"}').stdout == '{"from": "input"}\n'
    assert serein_cli("invoke", "Hello:live", '{"a": 1}').stdout == '{"a": 1}\n'
    missing = serein_cli("invoke", "Hello:old", "{}")
    assert missing.returncode == 1
    assert "no function Hello:old" in missing.stderr
    failed = serein_cli("invoke", "Hello", "-e", "gone.json")
    assert failed.returncode == 2
    assert "There is no file gone.json" in failed.stderr
    assert serein_cli("invoke", "Hello", "{}", "-e", "{}").returncode == 2
