"""`workflows`, `workflows start` and `workflows show`."""

import json
from pathlib import Path
from typing import Any

from cli_runs import Run
from serein.testing import Serein

ROLE = "arn:aws:iam::123456789012:role/r"
CHOOSING = {
    "StartAt": "Choose",
    "States": {
        "Choose": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.good", "BooleanEquals": True, "Next": "Say"}],
            "Default": "Complain",
        },
        "Say": {"Type": "Pass", "Result": "good", "End": True},
        "Complain": {"Type": "Fail", "Error": "Bad", "Cause": "it was not good"},
    },
}


def make(serein: Serein, name: str, definition: Any = CHOOSING, **members: Any) -> str:
    states = serein.client("stepfunctions")
    made = states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE, **members)
    return str(made["stateMachineArn"])


def test_state_machines_are_listed_started_and_shown(serein: Serein, serein_cli: Run, tmp_path: Path) -> None:
    assert "There are no state machines." in serein_cli("workflows").stdout
    arn = make(serein, "choosing", publish=True)
    make(serein, "quick", type="EXPRESS")
    started = serein_cli("workflows", "start", "choosing", "--input", '{"good": true}', "--name", "one")
    assert (started.returncode, started.stdout) == (0, '"good"\n'), started.stderr
    assert started.stderr.strip().endswith(":execution:choosing:one")
    (tmp_path / "event.json").write_text('{"good": true}')
    assert serein_cli("workflows", "start", f"{arn}:1", "-i", "event.json").stdout == '"good"\n'
    assert serein_cli("workflows", "start", "quick", "-i", "-", stdin='{"good": true}').stdout == '"good"\n'
    shown = serein_cli("workflows", "show", "choosing/one")
    assert shown.returncode == 0, shown.stderr
    lines = [line.split() for line in shown.stdout.splitlines()]
    assert lines[0] == ["one", "of", "choosing", "SUCCEEDED"]
    assert [line[2:] for line in lines[3:]] == [
        ["ExecutionStarted", '{"good":', "true}"],
        ["ChoiceStateEntered", "Choose", '{"good":', "true}"],
        ["ChoiceStateExited", "Choose", '{"good":', "true}"],
        ["PassStateEntered", "Say", '{"good":', "true}"],
        ["PassStateExited", "Say", '"good"'],
        ["ExecutionSucceeded", '"good"'],
    ]
    document = json.loads(
        serein_cli("workflows", "show", f"{arn.replace('stateMachine', 'execution')}:one", "--json").stdout
    )
    assert (document["status"], len(document["events"])) == ("SUCCEEDED", 6)
    listed = [line.split() for line in serein_cli("workflows").stdout.splitlines()]
    assert [line[:3] for line in listed] == [["choosing", "STANDARD", "SUCCEEDED"], ["quick", "EXPRESS"]]


def test_executions_that_fail_say_why(serein: Serein, serein_cli: Run) -> None:
    make(serein, "choosing")
    make(serein, "quick", type="EXPRESS")
    for name in ("choosing", "quick"):
        failed = serein_cli("workflows", "start", name, "-i", '{"good": false}')
        assert (failed.returncode, failed.stdout) == (1, "")
        assert "ended as FAILED: Bad: it was not good" in failed.stderr
    shown = serein_cli("workflows", "show", "choosing")
    assert shown.returncode == 1
    assert "Bad: it was not good" in shown.stdout
    quiet = serein_cli("workflows", "start", "choosing", "-i", '{"good": false}', "--no-wait")
    assert (quiet.returncode, ":execution:choosing:" in quiet.stdout) == (0, True)


def test_what_is_not_there_is_told(serein: Serein, serein_cli: Run, cli: Run) -> None:
    make(serein, "choosing")
    make(serein, "quick", type="EXPRESS")
    for arguments, message in (
        (("start", "none"), "There is no state machine none. State machines: choosing, quick."),
        (("show", "choosing"), "choosing has no executions."),
        (("show", "choosing/one"), "Execution Does Not Exist"),
        (("show", "arn:aws:states:us-east-1:1:express:quick:a:b"), "aren't kept"),
    ):
        refused = serein_cli("workflows", *arguments)
        assert (refused.returncode, message in refused.stderr) == (1, True), refused.stderr
    assert serein_cli("workflows", "start", "choosing", "-i", "no").returncode == 2
    assert cli("workflows").returncode == 3
