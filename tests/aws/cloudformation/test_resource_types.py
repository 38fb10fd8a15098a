"""Every resource type that Serein makes: created with its attributes, tagged, changed and removed."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from serein.kernel.operation import Catalog
from serein.services.cloudformation import types
from serein.services.cloudformation.templates import parse_template
from serein.services.cloudformation.type_data import find_type

HANDLERS = types.handlers(Catalog("serein.services"))
UNMADE = {
    "AWS::CloudFormation::CustomResource",
    "AWS::CloudFormation::Stack",
    "AWS::CloudFormation::WaitCondition",
    "AWS::CloudFormation::WaitConditionHandle",
}
"""Types that have tests of their own."""
ABSENT = {
    # What AWS has of features that Serein keeps without effect.
    "AWS::Events::Connection": {"InvocationConnectivityParameters.ResourceParameters.ResourceAssociationArn"},
    "AWS::ApiGateway::DomainName": {"DistributionDomainName", "DistributionHostedZoneId"},
    "AWS::Pipes::Pipe": {"StateReason"},
}


@pytest.fixture
def template():
    return parse_template((Path(__file__).parent / "templates" / "every_type.yaml").read_text())


@pytest.fixture
def layer(aws):
    bucket = aws.unique("code")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("python/own.py", "X = 1")
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="layer.zip", Body=packed.getvalue())
    return [
        {"ParameterKey": "Bucket", "ParameterValue": bucket},
        {"ParameterKey": "Key", "ParameterValue": "layer.zip"},
    ]


def options(layer, **others):
    return {"Parameters": layer, "Capabilities": ["CAPABILITY_NAMED_IAM"], **others}


def failures(stacks, name):
    """What failed of a stack, and why it was rolled back."""
    pages = stacks.client.get_paginator("describe_stack_events").paginate(StackName=name)
    return [
        (event["LogicalResourceId"], event["ResourceStatus"], event.get("ResourceStatusReason", ""))
        for page in pages
        for event in page["StackEvents"]
        if event["ResourceStatus"].endswith(("_FAILED", "ROLLBACK_IN_PROGRESS"))
    ]


def attributes_of(type_name):
    found = set(types.find_description(type_name).attributes) - ABSENT.get(type_name, set())
    structures = {name.partition(".")[0] for name in found if "." in name}
    kept = {name for name in found if not name.startswith("Metadata") or type_name != "AWS::S3::Bucket"}
    return sorted(name for name in kept - structures if types.find_description(type_name).attributes[name] != "object")


def test_every_type_answers_every_attribute_and_is_removed(aws, stacks, template, layer):
    made = {resource["Type"] for resource in template["Resources"].values()}
    assert made == HANDLERS.keys() - UNMADE
    name = aws.unique("every")
    template["Outputs"] = {
        f"{logical_id}{attribute.replace('.', '')}": {"Value": {"Fn::GetAtt": [logical_id, attribute]}}
        for logical_id, resource in template["Resources"].items()
        for attribute in attributes_of(resource["Type"])
        if (logical_id, attribute) != ("ProvisionedTable", "StreamArn")
    }
    created = stacks.create(name, json.dumps(template), **options(layer))
    assert failures(stacks, name) == []
    assert created["StackStatus"] == "CREATE_COMPLETE", created.get("StackStatusReason")
    assert stacks.outputs(name).keys() == template["Outputs"].keys()
    stack_id = created["StackId"]
    removed = stacks.delete(name)
    assert failures(stacks, stack_id) == []
    assert removed["StackStatus"] == "DELETE_COMPLETE"


def test_tags_of_the_stack_come_change_and_go_with_every_type(aws, stacks, template, layer):
    name, text = aws.unique("every"), json.dumps(template)
    stacks.create(name, text, **options(layer, Tags=[{"Key": "team", "Value": "a"}, {"Key": "old", "Value": "x"}]))
    assert failures(stacks, name) == []
    before = stacks.physical_ids(name)
    updated = stacks.update(name, text, **options(layer, Tags=[{"Key": "team", "Value": "b"}]))
    assert failures(stacks, name) == []
    assert updated["StackStatus"] == "UPDATE_COMPLETE"
    assert stacks.physical_ids(name) == before
    sqs, sns, lambda_ = aws.client("sqs"), aws.client("sns"), aws.client("lambda")
    tags = {
        "Queue": sqs.list_queue_tags(QueueUrl=before["Queue"])["Tags"],
        "Topic": listed(sns.list_tags_for_resource(ResourceArn=before["Topic"])["Tags"]),
        "Function": lambda_.get_function(FunctionName=before["Function"])["Tags"],
        "Secret": listed(aws.client("secretsmanager").describe_secret(SecretId=before["Secret"])["Tags"]),
        "Table": listed(
            aws.client("dynamodb").list_tags_of_resource(
                ResourceArn=f"arn:aws:dynamodb:{aws.region}:{aws.account}:table/{before['Table']}"
            )["Tags"]
        ),
        "RestApi": aws.client("apigateway").get_rest_api(restApiId=before["RestApi"])["tags"],
        "HttpApi": aws.client("apigatewayv2").get_api(ApiId=before["HttpApi"])["Tags"],
        "LogGroup": aws.client("logs").list_tags_log_group(logGroupName=before["LogGroup"])["tags"],
        "Bucket2": listed(aws.client("s3").get_bucket_tagging(Bucket=before["Bucket2"])["TagSet"]),
        "Role": listed(aws.client("iam").list_role_tags(RoleName=before["Role"])["Tags"]),
        "Parameter": listed(
            aws.client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=before["Parameter"])[
                "TagList"
            ]
        ),
        "Stream": listed(aws.client("kinesis").list_tags_for_stream(StreamName=before["Stream"])["Tags"]),
        "Pipe": aws.client("pipes").describe_pipe(Name=before["Pipe"])["Tags"],
        "StateMachine": in_lower_case(
            aws.client("stepfunctions").list_tags_for_resource(resourceArn=before["StateMachine"])["tags"]
        ),
    }
    assert {name: found.get("team") for name, found in tags.items()} == dict.fromkeys(tags, "b")
    assert [name for name, found in tags.items() if "old" in found] == []
    # AWS: it puts no tags of its own on queues, tables, roles and parameters.
    own = {name: found.get("aws:cloudformation:logical-id") for name, found in tags.items()}
    assert [name for name in own if own[name] != name] == ["Queue", "Table", "Role", "Parameter"]


def listed(tags):
    return {tag["Key"]: tag["Value"] for tag in tags}


def in_lower_case(tags):
    return {tag["key"]: tag["value"] for tag in tags}


@pytest.mark.parametrize("type_name", sorted(HANDLERS))
def test_a_type_that_takes_tags_gets_those_of_the_stack(type_name):
    """The engine passes a stack's changed tags on to the types that have the property of the schema."""
    named = find_type(type_name).get("tags")
    properties = types.find_description(type_name).properties
    assert named not in properties or named == "Tags"
