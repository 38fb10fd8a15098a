"""Known causes of failures: the line that a message is about, and what to do."""

from pathlib import Path

import pytest

from serein.deploy.causes import explained
from serein.deploy.errors import Problem
from serein.deploy.origins import Origins
from serein.deploy.templates import open_project, read_template

TABLE = "AWS::DynamoDB::Table"
TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillngMode: PAY_PER_REQUEST
      KeySchema:
        - AttributeName: id
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Events:
        Get: {Type: Api, Properties: {Path: /, Method: get}}
  Bucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketName: !ImportValue shared-bucket
      Tags: [{Key: a, Value: !Ref Stagge}]
  Custom:
    Type: Custom::Thing
    Properties:
      ServiceToken: !GetAtt Hello.Arn
"""


@pytest.fixture
def origins(tmp_path: Path) -> Origins:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    project = open_project(tmp_path)
    return Origins(project, read_template(project.template_path))


@pytest.mark.parametrize(
    ("message", "subject", "kind", "line", "hint"),
    [
        ("Encountered unsupported property BillngMode", "Table", TABLE, 9, "Did you mean BillingMode?"),
        ("x:\n#: extraneous key [BillngMode] is not permitted", "Table", TABLE, 9, "Did you mean Bill"),
        ("x:\n#/KeySchema/0: required key [KeyType] not found", "Table", "", 11, "Add KeySchema.0.KeyType."),
        ("x:\n#/KeySchema: expected type: Array, found: String", "Table", "", 10, ""),
        ("Parameters: [Stage] must have values", "", "", 4, "Give the values: --param Stage=…"),
        ("Unresolved resource dependencies [Stagge] in the Resources block", "", "", 22, "Did you mean Stage?"),
        ("No export named shared-bucket found.", "Bucket", "", 21, "Did you mean shared-buckets? The stack base exp"),
        ("Template format error: YAML not well-formed. (line 7, column 3)", "", "", 7, ""),
        ("Template format error: [/Resources/Table] Every Resources", "", "", 6, ""),
        ("Received response status [FAILED] from custom resource.", "Custom", "", 23, "See why in the function's log"),
        ("Circular dependency between resources: [Table, Hello]", "", "", 6, "Take one of the references out"),
        ("Resource with id [Hello] is invalid. property Handlr not defined for resource of type"
         " AWS::Serverless::Function", "", "", 14, "Did you mean Handler?"),
        ("The bucket you tried to delete is not empty", "Bucket", "", 18, "Empty it first"),
        ("something that nobody knows", "Hello", "", 12, ""),
        ("something that nobody knows", "HelloRole", "AWS::IAM::Role", 12, "Made from Hello."),
        ("something that nobody knows", "ServerlessRestApiProdStage", "", 12, "Made from Hello."),
        ("something that nobody knows", "", "", None, ""),
    ],
)  # fmt: skip
def test_a_message_gets_its_line_and_what_to_do(
    origins: Origins, message: str, subject: str, kind: str, line: int | None, hint: str
) -> None:
    found = explained(Problem(message, subject, kind), origins, lambda: {"shared-buckets": "base"})
    assert (found.place.line if found.place else None) == line
    assert found.hint.startswith(hint)
    assert bool(found.hint) == bool(hint)


def test_what_a_nested_template_has_is_found_there(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(
        "Resources:\n  Inner: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: inner.json}}\n"
    )
    (tmp_path / "inner.json").write_text('{"Resources": {\n\t"Queue": {\n\t\t"Type": "AWS::SQS::Queue"}}}')
    project = open_project(tmp_path)
    found = explained(Problem("x", "Inner/Queue"), Origins(project, read_template(project.template_path)), dict)
    assert str(found.place) == f"{tmp_path}/inner.json:2"
