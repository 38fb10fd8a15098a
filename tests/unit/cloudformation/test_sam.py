"""SAM's transform, offline."""

import asyncio

import pytest

from serein.kernel.scope import Scope
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.templates import parse_template
from serein.services.cloudformation.transforms.sam import expand

FUNCTION = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.12, Timeout: 7}}
Parameters: {Stage: {Type: String, Default: dev}}
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Metadata: {BuildMethod: esbuild}
    Properties:
      Handler: app.handler
      CodeUri: s3://bucket/key
      Policies:
        - AmazonSQSFullAccess
        - DynamoDBCrudPolicy: {TableName: !Ref Table}
      Events:
        Rest: {Type: Api, Properties: {Path: /a, Method: get}}
        Http: {Type: HttpApi, Properties: {Path: /b, Method: get}}
        Timer: {Type: Schedule, Properties: {Schedule: rate(1 minute)}}
        Later: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(1 minute)}}
  Table: {Type: AWS::Serverless::SimpleTable}
"""


def transform(text, region="us-east-1", parameters=None):
    return asyncio.run(expand(parse_template(text), parameters or {}, Scope("123456789012", region)))


def test_a_function_expands_with_its_events_and_policies():
    resources = transform(FUNCTION)["Resources"]
    function = resources["Fn"]
    assert function["Properties"]["Code"] == {"S3Bucket": "bucket", "S3Key": "key"}
    assert (function["Properties"]["Runtime"], function["Properties"]["Timeout"]) == ("python3.12", 7)
    assert function["Metadata"] == {"BuildMethod": "esbuild"}
    types = {resource["Type"] for resource in resources.values()}
    assert {
        "AWS::ApiGateway::RestApi",
        "AWS::ApiGatewayV2::Api",
        "AWS::DynamoDB::Table",
        "AWS::Events::Rule",
        "AWS::IAM::Role",
        "AWS::Scheduler::Schedule",
    } <= types


def test_policies_of_aws_are_known_by_name_in_every_partition():
    for region, partition in (("us-east-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")):
        arns = transform(FUNCTION, region)["Resources"]["FnRole"]["Properties"]["ManagedPolicyArns"]
        assert f"arn:{partition}:iam::aws:policy/AmazonSQSFullAccess" in arns


def test_local_code_is_refused_as_on_aws():
    with pytest.raises(ValidationError) as caught:
        transform(FUNCTION.replace("s3://bucket/key", "./src"))
    assert caught.value.message.startswith(
        "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless Application Specification document."
        " Number of errors found: 1. Resource with id [Fn] is invalid. 'CodeUri' is not a valid S3 Uri"
    )


def test_an_application_of_the_repository_is_refused_by_name():
    with pytest.raises(
        ValidationError, match=r"\[App\] is an application of the AWS Serverless Application Repository"
    ):
        transform("""
Transform: AWS::Serverless-2016-10-31
Resources:
  App:
    Type: AWS::Serverless::Application
    Properties: {Location: {ApplicationId: arn:aws:x, SemanticVersion: 1.0.0}}
""")


def test_a_malformed_function_is_refused_and_not_a_failure():
    with pytest.raises(ValidationError, match="Transform AWS::Serverless-2016-10-31 failed with"):
        transform(
            "Transform: AWS::Serverless-2016-10-31\nResources: {F: {Type: AWS::Serverless::Function, Properties: 5}}"
        )
