"""The SAM CLI, as PyPI has it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from client_programs import python_program
from sam_application import CODE, FLOW, TEMPLATE
from serein.testing import Serein

CONFIG = """version = 0.1
[default.deploy.parameters]
stack_name = "hello"
resolve_s3 = true
capabilities = "CAPABILITY_IAM"
confirm_changeset = false
fail_on_empty_changeset = false
"""


@pytest.fixture
def sam(program: Callable[..., Any]) -> Any:
    command = python_program("sam-cli", "aws-sam-cli>=1.130 setuptools", "samcli")
    return program(command, SAM_CLI_TELEMETRY="0", SAM_CLI_POLL_DELAY="0.1")


def test_sam_builds_deploys_updates_and_deletes_an_application(
    sam: Any, aws: Serein, get: Callable[[str], Any]
) -> None:
    files = {"src/app.py": CODE, "src/requirements.txt": "", "flows/flow.asl.yaml": FLOW, "samconfig.toml": CONFIG}
    sam.write({"template.yaml": TEMPLATE, **files})
    sam("build")
    sam("deploy")
    stacks = aws.client("cloudformation")
    url = stacks.describe_stacks(StackName="hello")["Stacks"][0]["Outputs"][0]["OutputValue"]
    assert get(url) == "hello"
    sam("deploy", "--parameter-overrides", "Greeting=hi", "--tags", "team=rain")
    assert get(url) == "hi"
    assert stacks.describe_stacks(StackName="hello")["Stacks"][0]["Tags"] == [{"Key": "team", "Value": "rain"}]
    assert "asked" in sam("logs", "--stack-name", "hello")
    states = aws.client("stepfunctions")
    (flow,) = states.list_state_machines()["stateMachines"]
    execution = states.start_execution(stateMachineArn=flow["stateMachineArn"])["executionArn"]
    aws.wait_until_idle()
    assert states.describe_execution(executionArn=execution)["output"] == json.dumps('"hi"')
    sam("delete", "--no-prompts")
    assert not aws.client("lambda").list_functions()["Functions"]
