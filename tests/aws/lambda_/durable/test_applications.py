"""Durable functions in templates."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Limit: {Type: Number, Default: 300}
Resources:
  Workflow:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: app.handler
      CodeUri: code/
      AutoPublishAlias: live
      DurableConfig:
        ExecutionTimeout: !Ref Limit
        RetentionPeriodInDays: 7
  Plain:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      Role: !Sub arn:aws:iam::${AWS::AccountId}:role/r
      Code: {ZipFile: "def handler(event, context): return {'Status': 'SUCCEEDED', 'Result': '1'}"}
      DurableConfig: {ExecutionTimeout: "60"}
Outputs:
  Workflow: {Value: !Ref Workflow}
  Plain: {Value: !Ref Plain}
"""
SOURCE = """
@durable_execution
def handler(event, context):
    context.wait(Duration.from_seconds(60))
    return "deployed"
"""


def test_a_template_has_durable_functions(
    aws: Any, functions: Any, durable: Any, write_package: Callable[[str, Path], None], tmp_path: Path
) -> None:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    write_package(SOURCE, tmp_path / "code")
    outputs = aws.deploy(tmp_path).outputs
    workflow, plain = outputs["Workflow"], outputs["Plain"]
    assert functions.get_function_configuration(FunctionName=workflow)["DurableConfig"] == {
        "ExecutionTimeout": 300,
        "RetentionPeriodInDays": 7,
    }
    assert functions.get_function_configuration(FunctionName=plain)["DurableConfig"]["ExecutionTimeout"] == 60
    arn = durable.start(name=workflow, Qualifier="live")
    aws.advance(61)
    assert durable.result(arn) == "deployed"
    assert f":function:{workflow}:1/durable-execution/" in arn
    assert durable.result(durable.start(name=plain)) == 1
