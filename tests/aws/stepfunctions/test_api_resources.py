"""CloudFormation's types of Step Functions: definitions, updates, versions, and aliases that move by and by."""

import json
from typing import Any

import pytest

from tests.aws.stepfunctions.test_api_machines import ROLE, passing

YAML = """
StartAt: P
States:
  P:
    Type: Pass
    Result:
      at: 2024-01-01T00:00:00Z
      arn: ${Arn}
    Next: Yes
  Yes: {Type: Succeed}
"""


class Stack:
    """One stack, driven to its rest."""

    def __init__(self, aws: Any) -> None:
        self._aws = aws
        self.client = aws.client("cloudformation")
        self.states = aws.client("stepfunctions")

    def create(self, template: dict[str, Any], **options: Any) -> str:
        self.client.create_stack(StackName="app", TemplateBody=json.dumps(template), **options)
        return self.rest()

    def update(self, template: dict[str, Any], **options: Any) -> str:
        self.begin(template, **options)
        return self.rest()

    def begin(self, template: dict[str, Any], **options: Any) -> None:
        self.client.update_stack(StackName="app", TemplateBody=json.dumps(template), **options)

    def rest(self) -> str:
        self._aws.idle()
        return self.status()

    def status(self) -> str:
        return str(self.client.describe_stacks(StackName="app")["Stacks"][0]["StackStatus"])

    def ids(self) -> dict[str, str]:
        found = self.client.describe_stack_resources(StackName="app")["StackResources"]
        return {it["LogicalResourceId"]: it["PhysicalResourceId"] for it in found}

    def outputs(self) -> dict[str, str]:
        shown = self.client.describe_stacks(StackName="app")["Stacks"][0]
        return {it["OutputKey"]: it["OutputValue"] for it in shown.get("Outputs", [])}

    def reasons(self) -> list[str]:
        found = self.client.describe_stack_events(StackName="app")["StackEvents"]
        return [it.get("ResourceStatusReason", "") for it in found]

    def machine(self, arn: str) -> Any:
        return self.states.describe_state_machine(stateMachineArn=arn)

    def weights(self, arn: str) -> dict[str, int]:
        shown = self.states.describe_state_machine_alias(stateMachineAliasArn=arn)
        return {
            route["stateMachineVersionArn"].rpartition(":")[2]: route["weight"]
            for route in shown["routingConfiguration"]
        }


@pytest.fixture
def stack(aws: Any) -> Stack:
    return Stack(aws)


def machine(**properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"RoleArn": ROLE, **properties}}


def test_definitions_are_objects_texts_and_files_with_substitutions(aws: Any, stack: Stack) -> None:
    bucket = aws.unique("definitions")
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="m.yaml", Body=YAML.encode())
    s3.put_object(Bucket=bucket, Key="m.json", Body=passing("${Arn} ${Other}").replace('"${Arn}', '"${Arn}').encode())
    substitutions = {"Arn": "arn:x", "Wait": 3, "Flag": True}
    resources = {
        "Object": machine(
            Definition={
                "StartAt": "P",
                "States": {"P": {"Type": "Pass", "Result": {"a": "${Arn}", "b": 1}, "End": True}},
            },
            DefinitionSubstitutions=substitutions,
        ),
        "Text": machine(
            DefinitionString='{"StartAt":"W","States":{"W":{"Type":"Wait","Seconds":${Wait},"Next":"P"},'
            '"P":{"Type":"Pass","Result":${Flag},"End":true}}}',
            DefinitionSubstitutions=substitutions,
        ),
        "Yaml": machine(
            DefinitionS3Location={"Bucket": bucket, "Key": "m.yaml"}, DefinitionSubstitutions=substitutions
        ),
        "Json": machine(
            DefinitionS3Location={"Bucket": bucket, "Key": "m.json"}, DefinitionSubstitutions=substitutions
        ),
    }
    assert stack.create({"Resources": resources}) == "CREATE_COMPLETE", stack.reasons()
    found = {name: json.loads(stack.machine(arn)["definition"])["States"] for name, arn in stack.ids().items()}
    assert found["Object"]["P"]["Result"] == {"a": "arn:x", "b": 1}
    assert (found["Text"]["W"]["Seconds"], found["Text"]["P"]["Result"]) == (3, True)
    assert found["Yaml"]["P"]["Result"] == {"at": "2024-01-01T00:00:00Z", "arn": "arn:x"}
    assert found["Json"]["P"]["Result"] == "arn:x ${Other}"


def test_a_machine_is_made_changed_and_replaced(aws: Any, stack: Stack) -> None:
    aws.client("logs").create_log_group(logGroupName="/m")
    logging = {
        "Level": "ALL",
        "IncludeExecutionData": "true",
        "Destinations": [
            {
                "CloudWatchLogsLogGroup": {
                    "LogGroupArn": {"Fn::Sub": "arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:/m:*"}
                }
            }
        ],
    }
    properties = {
        "DefinitionString": passing(1),
        "LoggingConfiguration": logging,
        "TracingConfiguration": {"Enabled": True},
        "Tags": [{"Key": "own", "Value": "1"}],
    }
    outputs = {name: {"Value": {"Fn::GetAtt": ["M", name]}} for name in ("Arn", "Name", "StateMachineRevisionId")} | {
        "Ref": {"Value": {"Ref": "M"}}
    }
    template = {"Resources": {"M": machine(**properties)}, "Outputs": outputs}
    assert stack.create(template) == "CREATE_COMPLETE", stack.reasons()
    first = stack.outputs()
    assert first["Ref"] == first["Arn"]
    assert first["Name"].startswith("app-M-")
    assert first["StateMachineRevisionId"] == "INITIAL"
    shown = stack.machine(first["Arn"])
    assert (shown["type"], shown["loggingConfiguration"]["level"]) == ("STANDARD", "ALL")
    assert shown["loggingConfiguration"]["includeExecutionData"] is True
    template["Resources"]["M"] = machine(DefinitionString=passing(2), Tags=[{"Key": "new", "Value": "2"}])
    assert stack.update(template) == "UPDATE_COMPLETE", stack.reasons()
    second = stack.outputs()
    assert second["Arn"] == first["Arn"]
    shown = stack.machine(first["Arn"])
    assert (shown["definition"], shown["tracingConfiguration"]) == (passing(2), {"enabled": False})
    assert shown["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}
    assert second["StateMachineRevisionId"] == shown["revisionId"]
    tags = {tag["key"]: tag["value"] for tag in stack.states.list_tags_for_resource(resourceArn=first["Arn"])["tags"]}
    assert (tags["new"], tags["aws:cloudformation:logical-id"], "own" in tags) == ("2", "M", False)
    template["Resources"]["M"] = machine(DefinitionString=passing(2), StateMachineType="EXPRESS")
    assert stack.update(template) == "UPDATE_COMPLETE", stack.reasons()
    third = stack.outputs()["Arn"]
    assert third != first["Arn"]
    assert [each["stateMachineArn"] for each in stack.states.list_state_machines()["stateMachines"]] == [third]
    stack.client.delete_stack(StackName="app")
    aws.idle()
    assert stack.states.list_state_machines()["stateMachines"] == []


def test_what_cannot_be_made_fails_with_the_services_message(stack: Stack) -> None:
    assert stack.create({"Resources": {"M": machine(DefinitionString='{"StartAt": "X"}')}}) == "ROLLBACK_COMPLETE"
    assert any("Invalid State Machine Definition" in reason for reason in stack.reasons())


def test_neither_or_two_definitions_are_refused(stack: Stack) -> None:
    template = {"Resources": {"M": machine(DefinitionString=passing(), Definition={"StartAt": "P"}), "N": machine()}}
    assert stack.create(template) == "ROLLBACK_COMPLETE"
    assert any("Exactly one of Definition" in reason for reason in stack.reasons())


def versioned(result: Any, preference: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A template whose alias moves to the version of what answers `result`."""
    version = f"Version{result}"
    earlier = {
        f"Version{number}": {
            "Type": "AWS::StepFunctions::StateMachineVersion",
            "DeletionPolicy": "Retain",
            "Properties": {"StateMachineArn": {"Ref": "M"}, "Description": f"number {number}"},
        }
        for number in range(1, result + 1)
    }
    alias = {
        "Type": "AWS::StepFunctions::StateMachineAlias",
        "Properties": {
            "Name": "live",
            "DeploymentPreference": {"StateMachineVersionArn": {"Ref": version}} | preference,
        },
    }
    return {"Resources": {"M": machine(DefinitionString=passing(result)), **earlier, "Alias": alias, **more}}


def test_an_alias_moves_in_steps_by_the_clock(aws: Any, stack: Stack) -> None:
    linear = {"Type": "LINEAR", "Percentage": 40, "Interval": 10}
    assert stack.create(versioned(1, linear)) == "CREATE_COMPLETE", stack.reasons()
    alias = stack.ids()["Alias"]
    assert stack.weights(alias) == {"1": 100}
    stack.begin(versioned(2, linear))
    aws.idle()
    assert (stack.status(), stack.weights(alias)) == ("UPDATE_IN_PROGRESS", {"1": 60, "2": 40})
    aws.advance(600)
    assert stack.weights(alias) == {"1": 20, "2": 80}
    aws.advance(600)
    assert (stack.rest(), stack.weights(alias)) == ("UPDATE_COMPLETE", {"2": 100})
    stack.begin(versioned(3, {"Type": "CANARY", "Percentage": 5, "Interval": 1}))
    aws.idle()
    assert stack.weights(alias) == {"2": 95, "3": 5}
    aws.advance(60)
    assert (stack.rest(), stack.weights(alias)) == ("UPDATE_COMPLETE", {"3": 100})


def test_an_alarm_takes_an_alias_back(aws: Any, stack: Stack) -> None:
    alarm = {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": "bad",
            "MetricName": "ExecutionsFailed",
            "Namespace": "AWS/States",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        },
    }
    canary = {"Type": "CANARY", "Percentage": 10, "Interval": 60, "Alarms": ["bad"]}
    assert stack.create(versioned(1, canary, Alarm=alarm)) == "CREATE_COMPLETE", stack.reasons()
    alias = stack.ids()["Alias"]
    stack.begin(versioned(2, canary, Alarm=alarm))
    aws.idle()
    assert stack.weights(alias) == {"1": 90, "2": 10}
    aws.client("cloudwatch").set_alarm_state(AlarmName="bad", StateValue="ALARM", StateReason="test")
    aws.advance(30)
    assert (stack.rest(), stack.weights(alias)) == ("UPDATE_ROLLBACK_COMPLETE", {"1": 100})
    assert any("alarm bad is in ALARM state" in reason for reason in stack.reasons())
    assert stack.machine(stack.ids()["M"])["definition"] == passing(1)


def test_an_update_that_is_cancelled_takes_an_alias_back(aws: Any, stack: Stack) -> None:
    linear = {"Type": "LINEAR", "Percentage": 10, "Interval": 10}
    assert stack.create(versioned(1, linear)) == "CREATE_COMPLETE", stack.reasons()
    stack.begin(versioned(2, linear))
    aws.idle()
    stack.client.cancel_update_stack(StackName="app")
    aws.advance(30)
    assert (stack.rest(), stack.weights(stack.ids()["Alias"])) == ("UPDATE_ROLLBACK_COMPLETE", {"1": 100})


def test_an_alias_may_be_routed_by_hand(stack: Stack) -> None:
    template = versioned(2, {"Type": "ALL_AT_ONCE"})
    # Both are versions of the same revision, which has one.
    assert stack.create(template) == "CREATE_COMPLETE", stack.reasons()
    routing = [{"StateMachineVersionArn": {"Ref": "Version2"}, "Weight": 100}]
    template["Resources"]["Alias"]["Properties"] = {
        "Name": "live",
        "Description": "by hand",
        "RoutingConfiguration": routing,
    }
    assert stack.update(template) == "UPDATE_COMPLETE", stack.reasons()
    assert stack.weights(stack.ids()["Alias"]) == {"1": 100}
    template["Resources"]["Alias"]["Properties"]["DeploymentPreference"] = {
        "Type": "LINEAR",
        "StateMachineVersionArn": {"Ref": "Version2"},
    }
    assert stack.update(template) == "UPDATE_ROLLBACK_COMPLETE"
