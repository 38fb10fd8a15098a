"""AWS::Serverless::StateMachine, deployed: definitions in files, substitutions, events, policies and aliases."""

import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from serein.testing import Serein

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Flow:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: flow
      DefinitionUri: flows/flow.asl.json
      DefinitionSubstitutions: {Function: !GetAtt Function.Arn, Seconds: 5}
      AutoPublishAlias: live
      Tags: {team: flows}
      Tracing: {Enabled: true}
      Logging:
        Level: ALL
        IncludeExecutionData: true
        Destinations: [{CloudWatchLogsLogGroup: {LogGroupArn: !GetAtt Logs.Arn}}]
      Policies:
        - LambdaInvokePolicy: {FunctionName: !Ref Function}
        - SQSSendMessagePolicy: {QueueName: !GetAtt Queue.QueueName}
      Events:
        Rate: {Type: Schedule, Properties: {Schedule: rate(1 hour), Input: '{"by": "rate"}', Enabled: false}}
        Zone:
          Type: ScheduleV2
          Properties: {ScheduleExpression: cron(0 9 * * ? *), ScheduleExpressionTimezone: Europe/Berlin}
        Old: {Type: CloudWatchEvent, Properties: {Pattern: {source: [old]}}}
        New: {Type: EventBridgeRule, Properties: {Pattern: {source: [shop]}, InputPath: $.detail}}
        Post: {Type: Api, Properties: {Path: /start, Method: post}}
  Quick:
    Type: AWS::Serverless::StateMachine
    Properties:
      Type: EXPRESS
      DefinitionUri: flows/quick.asl.yaml
      DefinitionSubstitutions: {Text: !Sub "of ${AWS::StackName}"}
      Policies: [{Statement: [{Effect: Allow, Action: 's3:*', Resource: '*'}]}]
  Inline:
    Type: AWS::Serverless::StateMachine
    Properties:
      Definition:
        StartAt: Call
        States: {Call: {Type: Task, Resource: !GetAtt Function.Arn, End: true}}
      Role: !GetAtt Role.Arn
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: states.amazonaws.com}, Action: sts:AssumeRole}]
  Queue: {Type: AWS::SQS::Queue}
  Logs: {Type: AWS::Logs::LogGroup}
  Function:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler, Runtime: python3.12, CodeUri: code}
Outputs:
  Url: {Value: !Sub "https://${ServerlessRestApi}.execute-api.${AWS::Region}.amazonaws.com/Prod/start"}
"""
FLOW = """{
  "StartAt": "Pause",
  "States": {
    "Pause": {"Type": "Wait", "Seconds": ${Seconds}, "Next": "Call"},
    "Call": {"Type": "Task", "Resource": "${Function}", "End": true}
  }
}"""
QUICK = """
# The quick one.
StartAt: Say
States:
  Say: {Type: Pass, Result: "${Text}", End: true}
"""
CODE = "def handler(event, context):\n    return {'got': event}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, content in (
        ("code/app.py", CODE),
        ("flows/flow.asl.json", FLOW),
        ("flows/quick.asl.yaml", QUICK),
        ("template.yaml", TEMPLATE),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    return tmp_path


def test_state_machines_are_deployed_with_what_starts_them(serein: Serein, project: Path) -> None:
    deployed = serein.deploy(project, stack="app")
    ids, states = deployed.resources, serein.client("stepfunctions")
    function = serein.client("lambda").get_function(FunctionName=ids["Function"])["Configuration"]["FunctionArn"]

    def shown(logical_id: str) -> Any:
        return states.describe_state_machine(stateMachineArn=ids[logical_id])

    flow = shown("Flow")
    definition = json.loads(flow["definition"])
    assert definition["States"]["Pause"]["Seconds"] == 5
    assert definition["States"]["Call"]["Resource"] == function
    assert (flow["name"], flow["type"], flow["tracingConfiguration"]) == ("flow", "STANDARD", {"enabled": True})
    assert flow["loggingConfiguration"]["level"] == "ALL"
    assert json.loads(shown("Quick")["definition"])["States"]["Say"]["Result"] == "of app"
    assert json.loads(shown("Inline")["definition"])["States"]["Call"]["Resource"] == function
    tags = {tag["key"]: tag["value"] for tag in states.list_tags_for_resource(resourceArn=ids["Flow"])["tags"]}
    assert (tags["team"], tags["stateMachine:createdBy"]) == ("flows", "SAM")
    alias = states.describe_state_machine_alias(stateMachineAliasArn=f"{ids['Flow']}:live")
    assert alias["routingConfiguration"] == [{"stateMachineVersionArn": f"{ids['Flow']}:1", "weight": 100}]
    events, scheduler = serein.client("events"), serein.client("scheduler")
    rules = {rule["Name"]: rule for rule in events.list_rules()["Rules"]}
    assert {rules[ids[name]]["State"] for name in ("FlowRate", "FlowOld", "FlowNew")} == {"ENABLED", "DISABLED"}
    for name in ("FlowRate", "FlowOld", "FlowNew"):
        (target,) = events.list_targets_by_rule(Rule=ids[name])["Targets"]
        assert target["Arn"] == ids["Flow"]
        assert target["RoleArn"]
    schedule = scheduler.get_schedule(Name=ids["FlowZone"])
    assert (schedule["Target"]["Arn"], schedule["ScheduleExpressionTimezone"]) == (ids["Flow"], "Europe/Berlin")
    role = flow["roleArn"].rpartition("/")[2]
    iam = serein.client("iam")
    actions = {
        action
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
        for statement in iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]
        for action in statement["Action"]
    }
    assert {"lambda:InvokeFunction", "sqs:SendMessage*"} <= actions


def test_what_starts_a_state_machine_starts_it(serein: Serein, project: Path) -> None:
    deployed = serein.deploy(project, stack="app")
    flow, states = deployed.resources["Flow"], serein.client("stepfunctions")
    api = urlsplit(deployed.outputs["Url"])
    connection = http.client.HTTPConnection(urlsplit(serein.endpoint).netloc)
    connection.request("POST", api.path, '{"by": "api"}', {"Host": api.netloc, "Content-Type": "application/json"})
    reply = connection.getresponse()
    assert reply.status == 200, reply.read()
    assert json.loads(reply.read())["executionArn"].startswith(flow.replace(":stateMachine:", ":execution:"))
    entry = {"Source": "shop", "DetailType": "order", "Detail": '{"by": "rule"}'}
    serein.client("events").put_events(Entries=[entry])
    serein.wait_until_idle()
    running = states.list_executions(stateMachineArn=flow, statusFilter="RUNNING")["executions"]
    assert len(running) == 2
    serein.clock.advance(5)
    serein.wait_until_idle()
    shown = [states.describe_execution(executionArn=each["executionArn"]) for each in running]
    assert sorted(json.loads(each["output"])["got"]["by"] for each in shown) == ["api", "rule"]
    logs = serein.client("logs").filter_log_events(logGroupName=deployed.resources["Logs"])["events"]
    types = [json.loads(event["message"])["type"] for event in logs]
    assert types.count("LambdaFunctionSucceeded") == types.count("ExecutionSucceeded") == 2
    serein.clock.advance(120)
    serein.wait_until_idle()
    function = serein.client("lambda").get_function(FunctionName=deployed.resources["Function"])
    dimension = {"Name": "LambdaFunctionArn", "Value": function["Configuration"]["FunctionArn"]}
    for metric in ("LambdaFunctionsSucceeded", "LambdaFunctionRunTime"):
        (point,) = serein.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/States",
            MetricName=metric,
            Dimensions=[dimension],
            StartTime=0,
            EndTime=4_000_000_000,
            Period=315_360_000,
            Statistics=["SampleCount"],
        )["Datapoints"]
        assert point["SampleCount"] == 2


def test_a_changed_file_is_a_new_version_that_the_alias_leads_to(serein: Serein, project: Path) -> None:
    serein.deploy(project, stack="app")
    (project / "flows" / "flow.asl.json").write_text(FLOW.replace("Pause", "Rest"))
    ids = serein.deploy(project, stack="app").resources
    states = serein.client("stepfunctions")
    shown = states.describe_state_machine(stateMachineArn=f"{ids['Flow']}:live")
    assert "Rest" in json.loads(shown["definition"])["States"]
    versions = states.list_state_machine_versions(stateMachineArn=ids["Flow"])["stateMachineVersions"]
    assert [each["stateMachineVersionArn"].rpartition(":")[2] for each in versions] == ["2", "1"]
