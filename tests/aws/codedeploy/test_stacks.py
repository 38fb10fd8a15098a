"""Safe deployments by stacks: CodeDeploy's resource types, an alias's UpdatePolicy, and SAM's DeploymentPreference."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from aws.codedeploy.conftest import HOOK, Shop
from serein.deploy import StackFailed

CODE = "def handler(event, context):\n    return '{name}'\n"
SAM = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  IsSafe: {Type: String, Default: 'true'}
  Preference: {Type: String, Default: Canary10Percent5Minutes}
Conditions:
  Safe: !Equals [!Ref IsSafe, 'true']
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: fn
      CodeUri: code/
      Handler: app.handler
      Runtime: python3.11
      AutoPublishAlias: live
      DeploymentPreference:
        Type: !Ref Preference
        PREFERENCE
"""
ALARM = """
  Errors:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: errors
      Namespace: Shop
      MetricName: Errors
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
      TreatMissingData: notBreaching
  Topic:
    Type: AWS::SNS::Topic
"""
HOOKS = """
  Before:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: CodeDeployHook_before
      CodeUri: before/
      Handler: app.handler
      Runtime: python3.11
      DeploymentPreference: {Enabled: false}
      Policies:
        - Version: '2012-10-17'
          Statement:
            - Effect: Allow
              Action: codedeploy:PutLifecycleEventHookExecutionStatus
              Resource: !Sub arn:aws:codedeploy:*:${AWS::AccountId}:deploymentgroup:${ServerlessDeploymentApplication}/*
"""


class Project:
    """A SAM application in a folder; updates run beside the test, which moves the clock."""

    def __init__(self, aws: Any, folder: Path, preference: str, more: str = "") -> None:
        self.aws = aws
        self.folder = folder
        (folder / "template.yaml").write_text(SAM.replace("PREFERENCE", preference) + more)
        self.write("code", CODE.format(name="first"))
        self.failure = ""
        self.thread = threading.Thread(target=self._deploy)

    def write(self, folder: str, source: str) -> None:
        (self.folder / folder).mkdir(exist_ok=True)
        (self.folder / folder / "app.py").write_text(source)

    def deploy(self, **parameters: str) -> Any:
        return self.aws.deploy(self.folder, stack="shop", parameters=parameters)

    def begin_update(self) -> dict[str, Any]:
        """Have the second version deployed, and come back when its deployment is under way."""
        self.write("code", CODE.format(name="second"))
        deploy = self.aws.client("codedeploy")
        self.thread.start()
        while not (ids := deploy.list_deployments()["deployments"]) and self.thread.is_alive():
            self.aws.idle()
        self.aws.idle()
        info: dict[str, Any] = deploy.get_deployment(deploymentId=ids[-1])["deploymentInfo"]
        return info

    def end_update(self) -> str:
        """Move the clock on until the stack rests; answers why the update failed."""
        while self.thread.is_alive():
            self.aws.advance(30)
            self.thread.join(0.2)
        return self.failure

    def _deploy(self) -> None:
        try:
            self.deploy()
        except StackFailed as failure:
            self.failure = str(failure)

    def traffic(self) -> tuple[str, dict[str, float]]:
        alias = self.aws.client("lambda").get_alias(FunctionName="fn", Name="live")
        return alias["FunctionVersion"], alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})

    def answer(self) -> Any:
        return json.load(self.aws.client("lambda").invoke(FunctionName="fn:live")["Payload"])

    def status(self) -> str:
        stacks = self.aws.client("cloudformation").describe_stacks(StackName="shop")["Stacks"]
        status: str = stacks[0]["StackStatus"]
        return status


def test_a_sam_application_is_updated_by_a_canary(aws: Any, tmp_path: Path) -> None:
    triggers = "[{TriggerName: t, TriggerTargetArn: !Ref Topic, TriggerEvents: [DeploymentSuccess]}]"
    preference = f"Alarms: [!Ref Errors]\n        TriggerConfigurations: {triggers}"
    project = Project(aws, tmp_path, preference, ALARM)
    resources = project.deploy().resources
    assert project.traffic() == ("1", {})
    assert aws.client("codedeploy").list_deployments()["deployments"] == []
    group = aws.client("codedeploy").get_deployment_group(
        applicationName=resources["ServerlessDeploymentApplication"], deploymentGroupName=resources["FnDeploymentGroup"]
    )["deploymentGroupInfo"]
    assert group["deploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"
    assert group["alarmConfiguration"]["alarms"] == [{"name": "errors"}]
    assert group["autoRollbackConfiguration"]["enabled"]
    assert group["triggerConfigurations"][0]["triggerTargetArn"] == resources["Topic"]
    info = project.begin_update()
    assert (info["status"], info["creator"]) == ("InProgress", "CloudFormation")
    assert project.traffic() == ("1", {"2": 0.1})
    assert project.status() == "UPDATE_IN_PROGRESS"
    assert project.end_update() == ""
    assert project.traffic() == ("2", {})
    assert project.answer() == "second"
    assert project.status() == "UPDATE_COMPLETE"
    project.write("code", CODE.format(name="third"))
    project.deploy(Preference="AllAtOnce")
    assert project.traffic() == ("3", {})


def test_an_alarm_takes_the_update_of_a_sam_application_back(aws: Any, tmp_path: Path) -> None:
    project = Project(aws, tmp_path, "Alarms: [!Ref Errors]", ALARM)
    project.deploy()
    info = project.begin_update()
    aws.client("cloudwatch").put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Errors", "Value": 1}])
    failure = project.end_update()
    assert 'FnAliaslive (AWS::Lambda::Alias): Resource handler returned message: "CodeDeploy deployment' in failure
    assert info["deploymentId"] in failure
    assert "Activated alarms: <errors>" in failure
    assert project.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert project.traffic() == ("1", {})
    assert project.answer() == "first"


@pytest.mark.parametrize("status", ["Succeeded", "Failed"])
def test_the_hook_of_a_sam_application_decides(aws: Any, tmp_path: Path, status: str) -> None:
    project = Project(aws, tmp_path, "Hooks: {PreTraffic: !Ref Before}", HOOKS)
    project.write("before", HOOK.replace("{status}", status))
    project.deploy()
    info = project.begin_update()
    failure = project.end_update()
    shown = aws.client("codedeploy").get_deployment(deploymentId=info["deploymentId"])["deploymentInfo"]
    assert shown["status"] == status
    assert project.answer() == ("second" if status == "Succeeded" else "first")
    assert project.status() == ("UPDATE_COMPLETE" if status == "Succeeded" else "UPDATE_ROLLBACK_COMPLETE")
    assert ("reported that BeforeAllowTraffic failed" in failure) == (status == "Failed")


def test_without_a_canary_an_update_takes_no_time(aws: Any, tmp_path: Path) -> None:
    project = Project(aws, tmp_path, "Hooks: {PreTraffic: !Ref Before, PostTraffic: !Ref Before}", HOOKS)
    project.write("before", HOOK.replace("{status}", "Succeeded"))
    project.deploy(Preference="AllAtOnce")
    project.write("code", CODE.format(name="second"))
    before = aws.clock.now()
    project.deploy()
    assert aws.clock.now() == before
    assert project.answer() == "second"


def test_a_preference_whose_condition_is_false_deploys_at_once(aws: Any, tmp_path: Path) -> None:
    preference = "PassthroughCondition: true\n      Tags: {a: b}"
    project = Project(aws, tmp_path, preference)
    text = (tmp_path / "template.yaml").read_text()
    text = text.replace(
        "    Type: AWS::Serverless::Function", "    Type: AWS::Serverless::Function\n    Condition: Safe"
    )
    (tmp_path / "template.yaml").write_text(text)
    assert "Fn" not in project.deploy(IsSafe="false").resources
    assert "FnDeploymentGroup" in project.deploy(IsSafe="true").resources
    assert project.answer() == "first"


def test_a_disabled_preference_has_no_codedeploy(aws: Any, tmp_path: Path) -> None:
    project = Project(aws, tmp_path, "Enabled: false")
    resources = project.deploy().resources
    assert not [name for name in resources if "Deployment" in name]
    project.write("code", CODE.format(name="second"))
    project.deploy()
    assert project.traffic() == ("2", {})


PLAIN: dict[str, Any] = {
    "Application": {
        "Type": "AWS::CodeDeploy::Application",
        "Properties": {"ApplicationName": "a", "ComputePlatform": "Lambda", "Tags": [{"Key": "x", "Value": "1"}]},
    },
    "Config": {
        "Type": "AWS::CodeDeploy::DeploymentConfig",
        "Properties": {
            "ComputePlatform": "Lambda",
            "TrafficRoutingConfig": {
                "Type": "TimeBasedLinear",
                "TimeBasedLinear": {"LinearPercentage": "25", "LinearInterval": 3},
            },
        },
    },
    "Group": {
        "Type": "AWS::CodeDeploy::DeploymentGroup",
        "Properties": {
            "ApplicationName": {"Ref": "Application"},
            "DeploymentConfigName": {"Ref": "Config"},
            "DeploymentStyle": {"DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL"},
            "ServiceRoleArn": "arn:aws:iam::123456789012:role/r",
            "AlarmConfiguration": {"Enabled": "true", "Alarms": [{"Name": "errors"}]},
            "AutoRollbackConfiguration": {"Enabled": True, "Events": ["DEPLOYMENT_FAILURE"]},
        },
    },
}


class Stack:
    """A stack that is made of a dict."""

    def __init__(self, aws: Any) -> None:
        self.aws = aws
        self.client = aws.client("cloudformation")

    def put(self, resources: dict[str, Any], operation: str = "create_stack") -> str:
        getattr(self.client, operation)(StackName="s", TemplateBody=json.dumps({"Resources": resources}))
        self.aws.idle()
        return self.status()

    def status(self) -> str:
        status: str = self.client.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"]
        return status

    def ids(self) -> dict[str, str]:
        found = self.client.describe_stack_resources(StackName="s")["StackResources"]
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}

    def reasons(self) -> str:
        events = self.client.describe_stack_events(StackName="s")["StackEvents"]
        return "\n".join(event.get("ResourceStatusReason", "") for event in events)


def changed(name: str, **properties: Any) -> dict[str, Any]:
    """PLAIN with other properties of a resource; None takes one away."""
    resource = PLAIN[name]
    after = {key: value for key, value in (resource["Properties"] | properties).items() if value is not None}
    return PLAIN | {name: resource | {"Properties": after}}


def test_stacks_make_change_and_remove_codedeploys_resources(aws: Any) -> None:
    stack, deploy = Stack(aws), aws.client("codedeploy")
    assert stack.put(PLAIN) == "CREATE_COMPLETE"
    ids = stack.ids()
    assert ids["Application"] == "a"
    config = deploy.get_deployment_config(deploymentConfigName=ids["Config"])["deploymentConfigInfo"]
    assert config["trafficRoutingConfig"]["timeBasedLinear"] == {"linearPercentage": 25, "linearInterval": 3}
    named = {"applicationName": "a", "deploymentGroupName": ids["Group"]}
    group = deploy.get_deployment_group(**named)["deploymentGroupInfo"]
    assert group["deploymentConfigName"] == ids["Config"]
    assert group["alarmConfiguration"] == {
        "enabled": True,
        "ignorePollAlarmFailure": False,
        "alarms": [{"name": "errors"}],
    }
    assert stack.put(changed("Group", AlarmConfiguration=None), "update_stack") == "UPDATE_COMPLETE"
    assert stack.ids() == ids
    group = deploy.get_deployment_group(**named)["deploymentGroupInfo"]
    assert group["alarmConfiguration"] == {"enabled": False, "ignorePollAlarmFailure": False, "alarms": []}
    tags = [{"Key": "y", "Value": "2"}]
    assert stack.put(changed("Application", Tags=tags), "update_stack") == "UPDATE_COMPLETE"
    arn = f"arn:aws:codedeploy:us-east-1:{aws.account}:application:a"
    assert deploy.list_tags_for_resource(ResourceArn=arn)["Tags"] == tags
    routing = {"Type": "AllAtOnce"}
    assert stack.put(changed("Config", TrafficRoutingConfig=routing), "update_stack") == "UPDATE_COMPLETE"
    assert stack.ids()["Config"] != ids["Config"]
    stack.client.delete_stack(StackName="s")
    aws.idle()
    assert deploy.list_applications()["applications"] == []
    assert ids["Config"] not in deploy.list_deployment_configs()["deploymentConfigsList"]


def test_stacks_for_other_platforms_fail_and_say_why(aws: Any) -> None:
    stack = Stack(aws)
    assert stack.put(changed("Application", ComputePlatform="ECS")) == "ROLLBACK_COMPLETE"
    assert "Serein deploys Lambda functions only" in stack.reasons()


def alias(version: str, name: str, more: Any = None) -> dict[str, Any]:
    """A canary's alias of `f`, in its own group, and what else the stack has."""
    group = {
        "Type": "AWS::CodeDeploy::DeploymentGroup",
        "Properties": {
            "ApplicationName": {"Ref": "Application"},
            "DeploymentConfigName": "CodeDeployDefault.LambdaCanary10Percent5Minutes",
            "ServiceRoleArn": "arn:aws:iam::123456789012:role/r",
        },
    }
    policy = {"ApplicationName": {"Ref": "Application"}, "DeploymentGroupName": {"Ref": f"{name}Group"}}
    return {
        "Application": PLAIN["Application"],
        f"{name}Group": group,
        f"{name}Alias": {
            "Type": "AWS::Lambda::Alias",
            "UpdatePolicy": {"CodeDeployLambdaAliasUpdate": policy},
            "Properties": {"FunctionName": "f", "FunctionVersion": version, "Name": name},
        },
    } | (more or {})


def under_canary(shop: Shop, more: Any = None) -> tuple[Stack, str]:
    """A stack whose alias is in the midst of a canary; its deployment's id."""
    shop.versions()
    stack = Stack(shop.aws)
    assert stack.put(alias("1", "live")) == "CREATE_COMPLETE"
    assert stack.put(alias("2", "live", more), "update_stack") == "UPDATE_IN_PROGRESS"
    assert shop.traffic() == ("1", {"2": 0.1})
    (id,) = shop.deploy.list_deployments()["deployments"]
    return stack, id


def test_cancelling_an_update_stops_its_deployment(shop: Shop) -> None:
    stack, id = under_canary(shop)
    stack.client.cancel_update_stack(StackName="s")
    shop.aws.advance(20)
    assert shop.status(id) == "Stopped"
    assert shop.traffic() == ("1", {})
    assert stack.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert "Resource update cancelled" in stack.reasons()


def test_a_deployment_beside_a_resource_that_fails_is_stopped(shop: Shop) -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"MessageRetentionPeriod": 1}}
    late = {
        "Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        "Wait": {
            "Type": "AWS::CloudFormation::WaitCondition",
            "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "1"},
        },
        "Queue": queue | {"DependsOn": "Handle"},
    }
    shop.versions()
    stack = Stack(shop.aws)
    assert stack.put(alias("1", "live")) == "CREATE_COMPLETE"
    stack.put(alias("2", "live", late), "update_stack")
    shop.aws.advance(20)
    assert stack.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert shop.traffic() == ("1", {})
    ids = shop.deploy.list_deployments()["deployments"]
    assert [shop.info(id)["creator"] for id in ids] in ([], ["codeDeployRollback", "CloudFormation"])


def test_a_users_stop_takes_the_update_back(shop: Shop) -> None:
    stack, id = under_canary(shop)
    shop.deploy.stop_deployment(deploymentId=id)
    shop.aws.advance(20)
    assert stack.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert shop.traffic() == ("1", {})
    assert f"CodeDeploy deployment {id} ended with the status Stopped" in stack.reasons()


def test_a_group_that_is_busy_fails_the_update(shop: Shop) -> None:
    shop.versions()
    stack = Stack(shop.aws)
    stack.put(alias("1", "live"))
    canary = {"applicationName": "a", "deploymentGroupName": stack.ids()["liveGroup"], "revision": shop.revision()}
    id = shop.deploy.create_deployment(**canary)["deploymentId"]
    shop.aws.idle()
    assert stack.put(alias("2", "live"), "update_stack") == "UPDATE_ROLLBACK_COMPLETE"
    assert f"already has an active Deployment '{id}'" in stack.reasons()


def test_a_policy_that_names_what_is_not_there_is_refused(shop: Shop) -> None:
    shop.versions()
    stack = Stack(shop.aws)
    stack.put(alias("1", "live"))
    resources = alias("2", "live")
    resources["liveAlias"]["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]["DeploymentGroupName"] = "nothing"
    assert stack.put(resources, "update_stack") == "UPDATE_ROLLBACK_COMPLETE"
    assert "No Deployment Group found for name: nothing" in stack.reasons()
    assert shop.traffic() == ("1", {})
