"""`serein validate`: what is wrong with a project, by file and line, without a server."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from serein.cli.main import main
from serein.deploy.origins import Origins
from serein.deploy.templates import open_project, read_template
from serein.deploy.validation.files import file_findings

Findings = list[dict[str, Any]]
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Name: {Type: String}
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: code/
      Handler: app.handler
      Runtime: python3.13
      Environment: {Variables: {NAME: !Ref Name}}
  Fleet:
    Type: AWS::GameLift::Alias
    Properties:
      Name: fleet
      RoutingStrategy: {Type: TERMINAL, Message: closed}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.py").write_text("def handler(event, context): return 1\n")
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    return tmp_path


@pytest.fixture
def validate() -> Callable[..., tuple[int, Findings]]:
    def run(path: Path, *arguments: str) -> tuple[int, Findings]:
        result = CliRunner().invoke(
            main, ["validate", str(path), "--json", *arguments], env={"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
        )
        return result.exit_code, json.loads(result.stdout.splitlines()[-1])["findings"]

    return run


def test_what_is_wrong_has_no_effect_or_no_value_is_told_by_line(
    validate: Callable[..., tuple[int, Findings]], project: Path
) -> None:
    wrong = TEMPLATE.replace("Runtime:", "Timout: 3\n      Runtime:").replace("app.handler", "ap.handler")
    (project / "template.yaml").write_text(wrong)
    code, found = validate(project, "--param", "Colour=red")
    assert code == 1
    by_line = {each.get("line", 0): each for each in found}
    assert {(line, each["level"], each.get("resource", "")) for line, each in by_line.items()} == {
        (0, "error", ""),
        (4, "info", "Name"),
        (10, "error", "Hello"),
        (11, "error", "Hello"),
    }
    assert by_line[0]["message"] == "The template has no parameter Colour."
    assert by_line[10]["hint"] == "Did you mean app.py?"
    assert by_line[11]["rule"] == "E3002"


def test_what_has_no_effect_is_a_warning_and_with_strict_an_error(
    validate: Callable[..., tuple[int, Findings]], project: Path
) -> None:
    code, found = validate(project, "--param", "Name=x", "--strict")
    assert (code, [(each["level"], each["line"], each["resource"]) for each in found]) == (
        1,
        [("warning", 13, "Fleet")],
    )
    assert "recorded and does nothing" in found[0]["message"]


def test_files_and_handlers_that_are_missing_are_found(project: Path) -> None:
    opened = open_project(project)

    def found(text: str) -> list[tuple[int, str, str]]:
        opened.template_path.write_text(text)
        template = read_template(opened.template_path)
        problems = [each.problem for each in file_findings(template, project, {}, Origins(opened, template))]
        return [(each.place.line if each.place else 0, each.message, each.hint) for each in problems]

    assert found(TEMPLATE) == []
    assert found(TEMPLATE.replace("code/", "cod/")) == [
        (9, "CodeUri names cod/, which does not exist.", "Did you mean code?")
    ]
    message = f"{project}/code/app.py has nothing called handle."
    assert found(TEMPLATE.replace("app.handler", "app.handle")) == [(10, message, "")]
    assert found(TEMPLATE.replace("python3.13", "nodejs22.x"))[0][1].endswith("app.js is not there.")


def test_a_serverless_yml_is_told_in_its_own_terms(
    validate: Callable[..., tuple[int, Findings]], project: Path
) -> None:
    (project / "template.yaml").unlink()
    service = """
service: shop
provider: {name: aws, runtime: python3.13}
plugins: [serverless-unheard-of]
functions:
  hello:
    handler: code/app.handler
    timeout: 9000
resources:
  Resources:
    Queue: {Type: AWS::SQS::Queue, Properties: {DelaySecnds: 1}}
"""
    (project / "serverless.yml").write_text(service)
    code, found = validate(project)
    assert code == 1
    errors = {(each["line"], each.get("rule")) for each in found if each["level"] == "error"}
    assert {(8, "E3034"), (11, "E3002")} <= errors
    assert any("serverless-unheard-of is not run" in each["message"] for each in found if each["level"] == "warning")
    (project / "serverless.yml").write_text(service.replace("timeout: 9000", "events: [{alb: {priority: 1}}]"))
    (error,) = validate(project)[1]
    assert (error["level"], error["line"]) == ("error", 8)
    assert "alb" in error["message"]


def test_an_assembly_of_the_cdk_is_told_stack_by_stack(
    validate: Callable[..., tuple[int, Findings]], tmp_path: Path
) -> None:
    assembly = tmp_path / "cdk.out"
    assembly.mkdir()
    properties = {"templateFile": "Shop.template.json"}
    stack = {"type": "aws:cloudformation:stack", "environment": "aws://unknown-account/unknown-region"}
    manifest = {"version": "36.0.0", "artifacts": {"Shop": {**stack, "properties": properties}}}
    (assembly / "manifest.json").write_text(json.dumps(manifest))
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"DelaySecnds": 1}}
    (assembly / "Shop.template.json").write_text(json.dumps({"Resources": {"Queue": queue}}, indent=1))
    code, found = validate(assembly)
    assert (code, [(each["level"], each["line"], each["resource"]) for each in found]) == (1, [("error", 6, "Queue")])


def test_what_is_no_project_is_told(validate: Callable[..., tuple[int, Findings]], tmp_path: Path) -> None:
    code, found = validate(tmp_path)
    assert code == 1
    assert "There is no template in" in found[0]["message"]
    (tmp_path / "template.yaml").write_text("Resources: [")
    (error,) = validate(tmp_path)[1]
    assert error["line"] == 1


STATE_MACHINES = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Seconds: {Type: Number, Default: 3}
Resources:
  Inline:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: A
        States:
          A: {Type: Pass, Next: Nowhere}
  File:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: flow.asl.json
      DefinitionSubstitutions: {Seconds: !Ref Seconds}
  Yaml:
    Type: AWS::Serverless::StateMachine
    Properties:
      Type: EXPRESS
      DefinitionUri: flow.asl.yaml
      DefinitionSubstitutions: {Function: !GetAtt Inline.Arn}
"""
FLOW = """{
  "StartAt": "Wait",
  "States": {
    "Wait": {"Type": "Wait", "Seconds": ${Seconds}, "Next": "Done"},
    "Done": {"Type": "Succeed", "End": true}
  }
}"""


def test_definitions_of_state_machines_are_checked_in_templates_and_files(
    validate: Callable[..., tuple[int, Findings]], tmp_path: Path
) -> None:
    (tmp_path / "template.yaml").write_text(STATE_MACHINES)
    (tmp_path / "flow.asl.json").write_text(FLOW)
    (tmp_path / "flow.asl.yaml").write_text(
        "StartAt: Ask\nStates:\n  Ask: {Type: Task, Resource: '${Function}', End: true}\n"
    )
    code, findings = validate(tmp_path)
    told = [each for each in findings if "definition is not valid" in each["message"]]
    assert code == 1
    assert {(Path(each["file"]).name, each["line"], each["level"]) for each in told} >= {
        ("flow.asl.json", 5, "error"),
        ("template.yaml", 12, "error"),
    }
    assert {each["resource"] for each in told} == {"Inline", "File"}
    (tmp_path / "flow.asl.json").write_text(FLOW.replace(', "End": true', ""))
    (tmp_path / "template.yaml").write_text(STATE_MACHINES.replace("Next: Nowhere", "End: true"))
    assert [each for each in validate(tmp_path)[1] if each["level"] == "error"] == []
