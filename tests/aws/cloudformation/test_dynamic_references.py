"""Dynamic references: what they stand for reaches the service, and what is kept is the reference."""

import json

import pytest
from botocore.exceptions import ClientError

TEMPLATE = """
Resources:
  Value:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Name: copy, Value: "<%s>", Description: %s}
"""


def copied(aws):
    return aws.client("ssm").get_parameter(Name="copy")["Parameter"]["Value"]


def reason(stacks, name="Value"):
    return {event[:2]: event[2] for event in stacks.events("app")}[(name, "CREATE_FAILED")]


def test_a_parameter_is_resolved_in_its_newest_or_in_a_certain_version(aws, stacks):
    ssm = aws.client("ssm")
    ssm.put_parameter(Name="/a/b", Type="String", Value="one")
    ssm.put_parameter(Name="/a/b", Type="String", Value="two", Overwrite=True)
    stacks.create("app", TEMPLATE % ("{{resolve:ssm:/a/b}} {{resolve:ssm:/a/b:1}}", "x"))
    assert copied(aws) == "<two one>"


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("s", '{"user": "me", "port": 5432}'),
        ("s:SecretString", '{"user": "me", "port": 5432}'),
        ("s:SecretString:user", "me"),
        ("s:SecretString:port::", "5432"),
        ("s:SecretString:user:AWSPREVIOUS", "you"),
    ],
)
def test_a_secret_is_resolved_whole_or_by_a_key(aws, stacks, reference, value):
    secrets = aws.client("secretsmanager")
    secrets.create_secret(Name="s", SecretString=json.dumps({"user": "you"}))
    secrets.put_secret_value(SecretId="s", SecretString=json.dumps({"user": "me", "port": 5432}))
    created = stacks.create("app", TEMPLATE % ("{{resolve:secretsmanager:" + reference + "}}", "x"))
    assert created["StackStatus"] == "CREATE_COMPLETE"
    assert copied(aws) == f"<{value}>"
    told = stacks.client.describe_stack_events(StackName="app")["StackEvents"]
    assert not any("5432" in event.get("ResourceProperties", "") for event in told)


def test_a_secret_is_resolved_by_its_arn_and_version(aws, stacks):
    made = aws.client("secretsmanager").create_secret(Name="s", SecretString='{"k": "v"}')
    reference = f"{made['ARN']}:SecretString:k::{made['VersionId']}"
    stacks.create("app", TEMPLATE % ("{{resolve:secretsmanager:" + reference + "}}", "x"))
    assert copied(aws) == "<v>"


def test_a_changed_secret_is_no_change_but_reaches_the_next_update(aws, stacks):
    secrets = aws.client("secretsmanager")
    secrets.create_secret(Name="s", SecretString="old")
    text = TEMPLATE % ("{{resolve:secretsmanager:s}}", "%s")
    stacks.create("app", text % "first")
    secrets.put_secret_value(SecretId="s", SecretString="new")
    with pytest.raises(ClientError) as caught:
        stacks.update("app", text % "first")
    assert caught.value.response["Error"]["Message"] == "No updates are to be performed."
    stacks.update("app", text % "second")
    assert copied(aws) == "<new>"


@pytest.mark.parametrize(
    ("reference", "text"),
    [
        ("secretsmanager:none", "Secrets Manager can't find the specified secret."),
        ("secretsmanager:s:SecretString:no", "Could not find a value associated with JSONKey in SecretString"),
        ("secretsmanager:plain:SecretString:no", "Could not parse SecretString JSON"),
        ("secretsmanager:s:SecretBinary", "Incorrect format is used in the following Secrets Manager reference"),
        ("ssm:secure", "Parameters [secure] referenced by template have types not supported by CloudFormation."),
    ],
)
def test_a_reference_to_nothing_fails_the_resource(aws, stacks, reference, text):
    secrets = aws.client("secretsmanager")
    secrets.create_secret(Name="s", SecretString="{}")
    secrets.create_secret(Name="plain", SecretString="word")
    aws.client("ssm").put_parameter(Name="secure", Type="SecureString", Value="v")
    assert stacks.create("app", TEMPLATE % ("{{resolve:" + reference + "}}", "x"))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert reason(stacks).startswith(text)


def test_secure_parameters_are_refused_where_aws_refuses_them(stacks):
    with pytest.raises(ClientError) as caught:
        stacks.create("app", TEMPLATE % ("{{resolve:ssm-secure:p:1}}", "x"))
    assert caught.value.response["Error"]["Message"] == (
        "SSM Secure reference is not supported in: [AWS::SSM::Parameter/Properties/Value]"
    )


def test_outputs_show_parameters_and_no_secrets(aws, stacks):
    aws.client("ssm").put_parameter(Name="p", Type="String", Value="shown")
    aws.client("secretsmanager").create_secret(Name="s", SecretString="hidden")
    outputs = "Outputs: {P: {Value: '{{resolve:ssm:p}}'}, S: {Value: '{{resolve:secretsmanager:s}}'}}"
    stacks.create("app", "Resources: {Q: {Type: AWS::SQS::Queue}}\n" + outputs)
    assert stacks.outputs("app") == {"P": "shown", "S": "{{resolve:secretsmanager:s}}"}
