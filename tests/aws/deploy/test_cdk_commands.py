"""CDK projects on the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cdk_projects import CODE, function, queue, write_project
from serein.cli.main import main
from serein.testing import Serein

Command = Callable[..., Result]


@pytest.fixture
def command(aws: Serein) -> Command:
    def run(*arguments: str | Path, exit_code: int = 0) -> Result:
        result = CliRunner().invoke(main, [str(each) for each in arguments], env=aws.environment)
        assert result.exit_code == exit_code, result.output
        return result

    return run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "index.py").write_text(CODE)
    api = function()
    helper = {"Metadata": {"aws:cdk:path": "Api/Custom::Helper/Handler"}}
    api["template"]["Resources"]["Helper"] = {**api["template"]["Resources"]["Function"], **helper}
    outputs = {"Outputs": {"Url": {"Value": {"Ref": "Queue"}}}}
    write_project(tmp_path, {"stacks": {"Api": api, "Store": queue(sections=outputs)}})
    return tmp_path


def test_an_app_is_compared_deployed_and_deleted(command: Command, aws: Serein, project: Path) -> None:
    compared = command("diff", project).output
    assert "Api" in compared
    assert "Function" in compared
    deployed = command("deploy", project).output
    assert "Api/Function" in deployed
    assert "Store/Url" in deployed
    assert "Api/Helper" not in deployed
    told = json.loads(command("deploy", project, "--json").stdout.splitlines()[-1])
    [stack] = told["stacks"]
    assert stack["changed"] is False
    assert set(stack["resources"]) == {"Api/Function", "Api/Role", "Store/Queue"}
    gone = command("delete", project).output
    assert "Api: deleted." in gone
    assert "Store: deleted." in gone
    left = aws.client("cloudformation").describe_stacks()["Stacks"]
    assert [each["StackName"] for each in left] == ["CDKToolkit"]


def test_stacks_are_chosen_and_refusals_are_told(command: Command, aws: Serein, project: Path) -> None:
    command("deploy", project, "--stack", "St*")
    stacks = aws.client("cloudformation").describe_stacks()["Stacks"]
    assert {each["StackName"] for each in stacks} == {"CDKToolkit", "Store"}
    refused = command("deploy", project, "--stack", "Nope", exit_code=1)
    assert "The app has no stack Nope. It has: Api, Store." in refused.output
    assert "stages are chosen by their stacks" in command("deploy", project, "--stage", "prod", exit_code=1).output
