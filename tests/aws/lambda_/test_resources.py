"""Lambda's and CloudWatch Logs' CloudFormation types."""

import json
from collections.abc import Callable
from typing import Any

TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            },
        },
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Failures": {"Type": "AWS::SQS::Queue"},
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.11",
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {"ZipFile": "def handler(event, context):\n    return 1\n"},
                "Environment": {"Variables": {"NUMBER": 1, "FLAG": True}},
                "MemorySize": "256",
                "ReservedConcurrentExecutions": 5,
                "Tags": [{"Key": "k", "Value": "v"}],
            },
        },
        "Group": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": {"Fn::Sub": "/aws/lambda/${Function}"}, "RetentionInDays": 7},
        },
        "Stream": {"Type": "AWS::Logs::LogStream", "Properties": {"LogGroupName": {"Ref": "Group"}}},
        "Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Function"}}},
        "Live": {
            "Type": "AWS::Lambda::Alias",
            "Properties": {
                "FunctionName": {"Ref": "Function"},
                "Name": "live",
                "FunctionVersion": {"Fn::GetAtt": ["Version", "Version"]},
            },
        },
        "Permission": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "FunctionName": {"Ref": "Function"},
                "Action": "lambda:InvokeFunction",
                "Principal": "sns.amazonaws.com",
            },
        },
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]},
                "FunctionName": {"Ref": "Live"},
                "BatchSize": "5",
                "Enabled": "true",
            },
        },
        "Events": {
            "Type": "AWS::Lambda::EventInvokeConfig",
            "Properties": {
                "FunctionName": {"Ref": "Function"},
                "Qualifier": "$LATEST",
                "MaximumRetryAttempts": 1,
                "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["Failures", "Arn"]}}},
            },
        },
        "Url": {
            "Type": "AWS::Lambda::Url",
            "Properties": {"TargetFunctionArn": {"Ref": "Function"}, "AuthType": "NONE", "Cors": {"MaxAge": "5"}},
        },
    },
    "Outputs": {
        "Name": {"Value": {"Ref": "Function"}},
        "Arn": {"Value": {"Fn::GetAtt": ["Function", "Arn"]}},
        "Url": {"Value": {"Fn::GetAtt": ["Url", "FunctionUrl"]}},
        "GroupArn": {"Value": {"Fn::GetAtt": ["Group", "Arn"]}},
    },
}


def outputs(aws: Any) -> dict[str, str]:
    (stack,) = aws.client("cloudformation").describe_stacks(StackName="s")["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def test_a_stack_with_every_type_is_made_changed_and_deleted(
    aws: Any, functions: Any, invoke: Callable[..., Any]
) -> None:
    stacks, logs = aws.client("cloudformation"), aws.client("logs")
    request = {"StackName": "s", "Capabilities": ["CAPABILITY_IAM"]}
    stacks.create_stack(TemplateBody=json.dumps(TEMPLATE), **request)
    aws.idle()
    made = outputs(aws)
    name = made["Name"]
    assert name.startswith("s-Function-")
    assert invoke(name=name) == 1
    shown = functions.get_function(FunctionName=name)
    assert shown["Configuration"]["MemorySize"] == 256
    assert shown["Configuration"]["Environment"]["Variables"] == {"NUMBER": "1", "FLAG": "true"}
    assert shown["Concurrency"]["ReservedConcurrentExecutions"] == 5
    assert shown["Tags"]["k"] == "v"
    assert shown["Tags"]["aws:cloudformation:stack-name"] == "s"
    assert made["GroupArn"].endswith(f":log-group:/aws/lambda/{name}:*")
    (group,) = logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]
    assert group["retentionInDays"] == 7
    (mapping,) = functions.list_event_source_mappings(FunctionName=f"{name}:live")["EventSourceMappings"]
    assert mapping["BatchSize"] == 5
    assert functions.get_function_event_invoke_config(FunctionName=name)["MaximumRetryAttempts"] == 1
    assert functions.get_policy(FunctionName=name)["Policy"]
    assert made["Url"].endswith("/")

    changed = json.loads(json.dumps(TEMPLATE))
    properties = changed["Resources"]["Function"]["Properties"]
    properties["Code"]["ZipFile"] = "def handler(event, context):\n    return 2\n"
    del properties["MemorySize"], properties["ReservedConcurrentExecutions"], properties["Environment"]
    del changed["Resources"]["Group"]["Properties"]["RetentionInDays"]
    changed["Resources"]["Mapping"]["Properties"]["BatchSize"] = 7
    stacks.update_stack(TemplateBody=json.dumps(changed), **request)
    aws.idle()
    assert stacks.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"] == "UPDATE_COMPLETE"
    assert outputs(aws)["Name"] == name
    assert invoke(name=name) == 2
    shown = functions.get_function(FunctionName=name)
    assert shown["Configuration"]["MemorySize"] == 128
    assert shown["Configuration"]["Environment"] == {"Variables": {}}
    assert "Concurrency" not in shown
    (mapping,) = functions.list_event_source_mappings(FunctionName=f"{name}:live")["EventSourceMappings"]
    assert mapping["BatchSize"] == 7
    (group,) = logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]
    assert "retentionInDays" not in group

    stacks.delete_stack(StackName="s")
    aws.idle()
    assert functions.list_functions()["Functions"] == []
    assert functions.list_event_source_mappings()["EventSourceMappings"] == []
