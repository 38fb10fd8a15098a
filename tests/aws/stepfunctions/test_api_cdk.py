"""A template in the form that CDK's aws-stepfunctions synthesizes, and the waiter of its provider framework."""

import io
import json
import zipfile
from typing import Any

from tests.aws.stepfunctions.test_api_resources import Stack

CODE = """
def wait(event, context):
    tried = event.get("tried", 0)
    if tried < 2:
        raise RuntimeError("not yet")
    return {"IsComplete": True}

def count(event, context):
    return {**event, "tried": event["tried"] + 1}
"""
PARTITION, REGION, ACCOUNT = {"Ref": "AWS::Partition"}, {"Ref": "AWS::Region"}, {"Ref": "AWS::AccountId"}


def function(bucket: str, handler: str) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {"S3Bucket": bucket, "S3Key": "code.zip"},
            "Handler": f"index.{handler}",
            "Role": {"Fn::GetAtt": ["StateMachineRoleB840431D", "Arn"]},
            "Runtime": "python3.12",
        },
        "DependsOn": ["StateMachineRoleDefaultPolicyDF1E6607", "StateMachineRoleB840431D"],
        "Metadata": {"aws:cdk:path": f"Stack/{handler}/Resource", "aws:asset:property": "Code"},
    }


def template(bucket: str) -> dict[str, Any]:
    """As `cdk synth` writes a chain of LambdaInvoke, Choice, Wait, Map, Succeed and Fail states."""
    text = [
        '{"StartAt":"Count","States":{"Count":{"Next":"Enough?","Retry":[{"ErrorEquals":["Lambda.ClientExecutionTimeout'
        'Exception","Lambda.ServiceException","Lambda.AWSLambdaException","Lambda.SdkClientException"],'
        '"IntervalSeconds":2,"MaxAttempts":6,"BackoffRate":2}],"Type":"Task","OutputPath":"$.Payload","Resource":"arn:',
        PARTITION,
        ':states:::lambda:invoke","Parameters":{"FunctionName":"',
        {"Fn::GetAtt": ["CountF7D01F1E", "Arn"]},
        '","Payload.$":"$"}},"Enough?":{"Type":"Choice","Choices":[{"Variable":"$.tried","NumericGreaterThanEquals":3,'
        '"Next":"Each"}],"Default":"Pause"},"Pause":{"Type":"Wait","Seconds":30,"Next":"Count"},"Each":{"Type":"Map",'
        '"ResultPath":"$.sent","Next":"Done","Parameters":{"tried.$":"$.tried","item.$":"$$.Map.Item.Value"},'
        '"ItemsPath":"$.items","ItemProcessor":{"ProcessorConfig":{"Mode":"INLINE"},"StartAt":"Send","States":{"Send":'
        '{"End":true,"Type":"Task","Resource":"arn:',
        PARTITION,
        ':states:::sqs:sendMessage","Parameters":{"QueueUrl":"',
        {"Ref": "Queue4A7E3555"},
        '","MessageBody.$":"$.item"},"ResultSelector":{"id.$":"$.MessageId"}}}},"MaxConcurrency":2},"Done":{"Type":'
        '"Succeed"}},"TimeoutSeconds":300,"Comment":"a chain"}',
    ]
    waiter = [
        '{"StartAt":"framework-isComplete-task","States":{"framework-isComplete-task":{"End":true,"Retry":['
        '{"ErrorEquals":["States.ALL"],"IntervalSeconds":5,"MaxAttempts":360,"BackoffRate":1}],"Catch":['
        '{"ErrorEquals":["States.ALL"],"Next":"framework-onTimeout-task"}],"Type":"Task","Resource":"',
        {"Fn::GetAtt": ["Wait5A1C2B3D", "Arn"]},
        '"},"framework-onTimeout-task":{"End":true,"Type":"Task","Resource":"',
        {"Fn::GetAtt": ["CountF7D01F1E", "Arn"]},
        '"}}}',
    ]
    role = {"Fn::GetAtt": ["StateMachineRoleB840431D", "Arn"]}
    log_group = {"CloudWatchLogsLogGroup": {"LogGroupArn": {"Fn::GetAtt": ["LogGroupF5B46931", "Arn"]}}}
    return {
        "Resources": {
            "LogGroupF5B46931": {
                "Type": "AWS::Logs::LogGroup",
                "Properties": {"LogGroupName": "/aws/vendedlogs/states/chain", "RetentionInDays": 731},
                "UpdateReplacePolicy": "Retain",
                "DeletionPolicy": "Retain",
            },
            "Queue4A7E3555": {"Type": "AWS::SQS::Queue", "UpdateReplacePolicy": "Delete", "DeletionPolicy": "Delete"},
            "CountF7D01F1E": function(bucket, "count"),
            "Wait5A1C2B3D": function(bucket, "wait"),
            "StateMachineRoleB840431D": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": {
                        "Statement": [
                            {
                                "Action": "sts:AssumeRole",
                                "Effect": "Allow",
                                "Principal": {"Service": ["states.amazonaws.com", "lambda.amazonaws.com"]},
                            }
                        ],
                        "Version": "2012-10-17",
                    }
                },
            },
            "StateMachineRoleDefaultPolicyDF1E6607": {
                "Type": "AWS::IAM::Policy",
                "Properties": {
                    "PolicyDocument": {
                        "Statement": [{"Action": ["lambda:InvokeFunction"], "Effect": "Allow", "Resource": "*"}],
                        "Version": "2012-10-17",
                    },
                    "PolicyName": "StateMachineRoleDefaultPolicyDF1E6607",
                    "Roles": [{"Ref": "StateMachineRoleB840431D"}],
                },
            },
            "StateMachine2E01570F": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {
                    "DefinitionString": {"Fn::Join": ["", text]},
                    "LoggingConfiguration": {
                        "Destinations": [log_group],
                        "IncludeExecutionData": True,
                        "Level": "ERROR",
                    },
                    "RoleArn": role,
                    "StateMachineType": "STANDARD",
                    "TracingConfiguration": {"Enabled": True},
                },
                "DependsOn": ["StateMachineRoleDefaultPolicyDF1E6607", "StateMachineRoleB840431D"],
                "UpdateReplacePolicy": "Delete",
                "DeletionPolicy": "Delete",
                "Metadata": {"aws:cdk:path": "Stack/StateMachine/Resource"},
            },
            "Waiter1F2E3D4C": {
                "Type": "AWS::StepFunctions::StateMachine",
                "Properties": {"DefinitionString": {"Fn::Join": ["", waiter]}, "RoleArn": role},
            },
        },
        "Outputs": {"Queue": {"Value": {"Ref": "Queue4A7E3555"}}},
    }


def test_a_stack_of_the_cdk_runs(aws: Any) -> None:
    bucket = aws.unique("assets")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("index.py", CODE)
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="code.zip", Body=packed.getvalue())
    stack = Stack(aws)
    status = stack.create(template(bucket), Capabilities=["CAPABILITY_IAM"])
    assert status == "CREATE_COMPLETE", stack.reasons()
    ids = stack.ids()
    given = json.dumps({"tried": 0, "items": ["a", "b", "c"]})
    counting = stack.states.start_execution(stateMachineArn=ids["StateMachine2E01570F"], input=given)["executionArn"]
    waiting = stack.states.start_execution(stateMachineArn=ids["Waiter1F2E3D4C"], input='{"tried": 2}')["executionArn"]
    failing = stack.states.start_execution(stateMachineArn=ids["StateMachine2E01570F"], input='{"tried": 5}')
    aws.idle()
    aws.advance(30)
    aws.advance(30)
    aws.idle()
    shown = stack.states.describe_execution(executionArn=counting)
    assert shown["status"] == "SUCCEEDED", shown
    output = json.loads(shown["output"])
    assert (output["tried"], len(output["sent"])) == (3, 3)
    messages = aws.client("sqs").receive_message(QueueUrl=ids["Queue4A7E3555"], MaxNumberOfMessages=10)["Messages"]
    assert sorted(message["Body"] for message in messages) == ["a", "b", "c"]
    waited = stack.states.describe_execution(executionArn=waiting)
    assert json.loads(waited["output"]) == {"IsComplete": True}
    failed = stack.states.describe_execution(executionArn=failing["executionArn"])
    assert (failed["status"], failed["error"]) == ("FAILED", "States.Runtime")
    logs = aws.client("logs").filter_log_events(logGroupName="/aws/vendedlogs/states/chain")["events"]
    lines = [json.loads(event["message"]) for event in logs]
    assert {line["execution_arn"] for line in lines} == {failing["executionArn"]}
    assert lines[-1]["type"] == "ExecutionFailed"
