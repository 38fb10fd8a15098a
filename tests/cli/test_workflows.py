"""`workflows`, `workflows start` and `workflows show`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from serein.cli.main import main
from serein.testing import Serein

Run = Callable[..., Result]

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


@pytest.fixture
def run(serein: Serein) -> Run:
    """Run `serein workflows` with arguments, in this process: that is a second less for each."""
    environment = {
        "AWS_ENDPOINT_URL": serein.endpoint,
        "AWS_ACCESS_KEY_ID": serein.account,
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": serein.region,
    }

    def invoke(*arguments: str, **options: Any) -> Result:
        return CliRunner().invoke(main, ["workflows", *arguments], env=environment | options.pop("env", {}), **options)

    return invoke


def make(serein: Serein, name: str, definition: Any = CHOOSING, **members: Any) -> str:
    states = serein.client("stepfunctions")
    made = states.create_state_machine(name=name, definition=json.dumps(definition), roleArn=ROLE, **members)
    return str(made["stateMachineArn"])


def test_state_machines_are_listed_started_and_shown(serein: Serein, run: Run, tmp_path: Path) -> None:
    assert "There are no state machines." in run().stdout
    arn = make(serein, "choosing", publish=True)
    make(serein, "quick", type="EXPRESS")
    started = run("start", "choosing", "--input", '{"good": true}', "--name", "one")
    assert (started.exit_code, started.stdout) == (0, '"good"\n'), started.stderr
    assert started.stderr.strip().endswith(":execution:choosing:one")
    (tmp_path / "event.json").write_text('{"good": true}')
    assert run("start", f"{arn}:1", "-i", str(tmp_path / "event.json")).stdout == '"good"\n'
    assert run("start", "quick", "-i", "-", input='{"good": true}').stdout == '"good"\n'
    shown = run("show", "choosing/one")
    assert shown.exit_code == 0, shown.stderr
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
    document = json.loads(run("show", f"{arn.replace('stateMachine', 'execution')}:one", "--json").stdout)
    assert (document["status"], len(document["events"])) == ("SUCCEEDED", 6)
    listed = [line.split() for line in run().stdout.splitlines()]
    assert [line[:3] for line in listed] == [["choosing", "STANDARD", "SUCCEEDED"], ["quick", "EXPRESS"]]


def test_executions_that_fail_say_why(serein: Serein, run: Run) -> None:
    make(serein, "choosing")
    make(serein, "quick", type="EXPRESS")
    for name in ("choosing", "quick"):
        failed = run("start", name, "-i", '{"good": false}')
        assert (failed.exit_code, failed.stdout) == (1, "")
        assert "ended as FAILED: Bad: it was not good" in failed.stderr
    shown = run("show", "choosing")
    assert shown.exit_code == 1
    assert "Bad: it was not good" in shown.stdout
    quiet = run("start", "choosing", "-i", '{"good": false}', "--no-wait")
    assert (quiet.exit_code, ":execution:choosing:" in quiet.stdout) == (0, True)


def test_a_state_machine_goes_by_its_logical_id(serein: Serein, run: Run) -> None:
    machine = {
        "Type": "AWS::StepFunctions::StateMachine",
        "Properties": {"RoleArn": ROLE, "DefinitionString": json.dumps(CHOOSING)},
    }
    template = json.dumps({"Resources": {"Flow": machine}})
    serein.client("cloudformation").create_stack(StackName="app", TemplateBody=template)
    serein.wait_until_idle()
    assert run("start", "Flow", "-i", '{"good": true}').stdout == '"good"\n'
    assert "SUCCEEDED" in run("show", "Flow").stdout


def test_what_is_not_there_is_told(serein: Serein, run: Run) -> None:
    make(serein, "choosing")
    make(serein, "quick", type="EXPRESS")
    for arguments, message in (
        (("start", "none"), "There is no state machine none. State machines: choosing, quick."),
        (("show", "choosing"), "choosing has no executions."),
        (("show", "choosing/one"), "Execution Does Not Exist"),
        (("show", "arn:aws:states:us-east-1:1:express:quick:a:b"), "aren't kept"),
    ):
        refused = run(*arguments)
        assert (refused.exit_code, message in refused.stderr) == (1, True), refused.stderr
    assert run("start", "choosing", "-i", "no").exit_code == 2
    assert run(env={"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}).exit_code == 3
