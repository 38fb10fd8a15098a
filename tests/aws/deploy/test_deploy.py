"""Deploying project folders to a real server."""

import json
from pathlib import Path

import boto3
import pytest

from serein.deploy import Application, StackFailed, Target
from serein.testing import Serein

FUNCTION = """
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: code/
      Handler: app.handler
      Runtime: python3.12
"""
CODE = "def handler(event, context):\n    return 'first'\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.py").write_text(CODE)
    return tmp_path


def _template(resources: str) -> str:
    return f"Transform: AWS::Serverless-2016-10-31\nResources:\n{resources}"


def _invoke(serein: Serein, name: str) -> object:
    return json.load(serein.client("lambda").invoke(FunctionName=name)["Payload"])


def _application(serein: Serein, project: Path, said: list[str] | None = None) -> Application:
    keys = {"aws_access_key_id": serein.account, "aws_secret_access_key": "test"}
    session = boto3.session.Session(**keys, region_name=serein.region)
    return Application(project, Target(session, serein.endpoint), "app", say=(said if said is not None else []).append)


def test_only_what_changed_is_packaged_and_only_code_takes_the_short_way(serein: Serein, project: Path) -> None:
    (project / "other").mkdir()
    (project / "other" / "app.py").write_text(CODE)
    (project / "template.yaml").write_text(
        _template(f"  One:{FUNCTION}  Two:{FUNCTION.replace('code/', 'other/')}      Description: two\n")
    )
    said: list[str] = []
    application = _application(serein, project, said)
    deployed = application.deploy()
    assert application.redeploy() == []
    (project / "other" / "app.py").write_text(CODE.replace("first", "second"))
    said.clear()
    assert application.redeploy() == ["Two"]
    assert said == ["Packaging Two"]
    assert _invoke(serein, deployed.resources["Two"]) == "second"
    assert _invoke(serein, deployed.resources["One"]) == "first"
    template = (project / "template.yaml").read_text()
    (project / "template.yaml").write_text(template.replace("Description: two", "Description: three"))
    assert application.redeploy() == ["app"]
    assert _invoke(serein, deployed.resources["Two"]) == "second"


def test_layers_nested_templates_and_definition_files_are_packaged(serein: Serein, project: Path) -> None:
    (project / "layer" / "python").mkdir(parents=True)
    (project / "layer" / "python" / "shared.py").write_text("value = 'from the layer'")
    (project / "code" / "app.py").write_text("import shared\ndef handler(event, context):\n    return shared.value\n")
    (project / "api.yaml").write_text(
        "openapi: 3.0.1\ninfo: {title: from a file, version: '1'}\npaths: {/x: {get: {responses: {}}}}\n"
    )
    (project / "inner").mkdir()
    (project / "inner" / "template.yaml").write_text(
        "Resources:\n  Queue: {Type: AWS::SQS::Queue}\nOutputs:\n  Name: {Value: !GetAtt Queue.QueueName}\n"
    )
    (project / "template.yaml").write_text(
        _template(
            f"""  Layer:
    Type: AWS::Serverless::LayerVersion
    Properties: {{ContentUri: layer/}}
  One:{FUNCTION}      Layers: [!Ref Layer]
  Api:
    Type: AWS::Serverless::HttpApi
    Properties: {{DefinitionUri: api.yaml}}
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties: {{TemplateURL: inner/template.yaml}}
Outputs:
  Queue: {{Value: !GetAtt Inner.Outputs.Name}}
"""
        )
    )
    deployed = _application(serein, project).deploy()
    assert _invoke(serein, deployed.resources["One"]) == "from the layer"
    assert serein.client("apigatewayv2").get_api(ApiId=deployed.resources["Api"])["Name"] == "from a file"
    assert serein.client("sqs").get_queue_url(QueueName=deployed.outputs["Queue"])


def test_a_stack_that_fails_names_its_cause_and_can_be_deployed_again(serein: Serein, project: Path) -> None:
    wrong = _template("  Table:\n    Type: AWS::DynamoDB::Table\n    Properties: {BillingMode: PAY_PER_REQUEST}\n")
    (project / "template.yaml").write_text(wrong)
    application = _application(serein, project)
    with pytest.raises(StackFailed, match="Table"):
        application.deploy()
    (project / "template.yaml").write_text(_template(f"  One:{FUNCTION}"))
    assert "One" in application.deploy().resources


def test_a_large_template_goes_through_the_bucket(serein: Serein, project: Path) -> None:
    many = "".join(
        f"  Topic{number}: {{Type: AWS::SNS::Topic, Metadata: {{x: {'y' * 600}}}}}\n" for number in range(90)
    )
    (project / "template.yaml").write_text(_template(many))
    assert len(_application(serein, project).deploy().resources) == 90
