"""Deployments: how traffic moves, what stops it, and the way back."""

import json
from typing import Any

import pytest

from aws.codedeploy.conftest import Shop, refusal

CANARY = "CodeDeployDefault.LambdaCanary10Percent5Minutes"
ALL_AT_ONCE = "CodeDeployDefault.LambdaAllAtOnce"
ON_EVERYTHING = {
    "enabled": True,
    "events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
}
OUT = ("1", {})
OVER = ("2", {})
PART = ("1", {"2": 0.1})


def test_all_at_once_points_the_alias_to_the_target_version(shop: Shop) -> None:
    shop.open(ALL_AT_ONCE)
    id = shop.start(description="second")
    info = shop.info(id)
    assert shop.traffic() == OVER
    assert (info["status"], info["creator"], info["description"]) == ("Succeeded", "user", "second")
    assert info["computePlatform"] == "Lambda"
    assert info["deploymentConfigName"] == ALL_AT_ONCE
    assert info["deploymentOverview"]["Succeeded"] == 1
    assert info["createTime"] <= info["startTime"] <= info["completeTime"]
    assert "previousRevision" not in info
    assert shop.events(id) == {
        "BeforeAllowTraffic": "Skipped",
        "AllowTraffic": "Succeeded",
        "AfterAllowTraffic": "Skipped",
    }
    back = shop.start("2", "1")
    assert shop.info(back)["previousRevision"] == info["revision"]
    assert shop.traffic() == OUT


def test_a_canary_gets_its_share_and_then_everything(shop: Shop) -> None:
    shop.open(CANARY)
    id = shop.start()
    assert shop.traffic() == PART
    assert shop.status(id) == "InProgress"
    assert shop.target(id)["lambdaFunctionInfo"] == {
        "functionName": "f",
        "functionAlias": "live",
        "currentVersion": "1",
        "targetVersion": "2",
        "targetVersionWeight": 10.0,
    }
    shop.aws.advance(299)
    assert shop.traffic() == PART
    shop.aws.advance(2)
    assert shop.traffic() == OVER
    assert shop.status(id) == "Succeeded"
    assert shop.target(id)["lambdaFunctionInfo"]["targetVersionWeight"] == 100.0


def test_linear_traffic_moves_step_by_step_as_an_own_configuration_says(shop: Shop) -> None:
    routing = {"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 40, "linearInterval": 2}}
    shop.deploy.create_deployment_config(
        deploymentConfigName="steps", computePlatform="Lambda", trafficRoutingConfig=routing
    )
    shop.open("steps")
    id = shop.start()
    seen = [shop.traffic()]
    for _ in range(2):
        shop.aws.advance(120)
        seen.append(shop.traffic())
    assert seen == [("1", {"2": 0.4}), ("1", {"2": 0.8}), OVER]
    assert shop.status(id) == "Succeeded"


def test_a_deployments_own_configuration_wins_over_its_groups(shop: Shop) -> None:
    shop.open(CANARY)
    id = shop.start(deploymentConfigName=ALL_AT_ONCE)
    assert shop.traffic() == OVER
    assert shop.info(id)["deploymentConfigName"] == ALL_AT_ONCE


def test_a_stopped_deployment_leaves_the_traffic_where_it_is(shop: Shop) -> None:
    shop.open(CANARY)
    id = shop.start()
    assert shop.deploy.stop_deployment(deploymentId=id)["status"] == "Pending"
    shop.aws.idle()
    info = shop.info(id)
    assert (info["status"], info["errorInformation"]["code"]) == ("Stopped", "MANUAL_STOP")
    assert "rollbackInfo" not in info
    assert shop.traffic() == PART
    assert shop.events(id)["AllowTraffic"] == "Failed"
    code, message = refusal(shop.deploy.stop_deployment, deploymentId=id)
    assert (code, message) == ("DeploymentAlreadyCompletedException", f"Deployment {id} is already completed")


@pytest.mark.parametrize("is_asked", [True, False])
def test_a_stopped_deployment_is_taken_back_when_that_is_wanted(shop: Shop, is_asked: bool) -> None:
    shop.open(CANARY, **({} if is_asked else {"autoRollbackConfiguration": ON_EVERYTHING}))
    id = shop.start()
    shop.deploy.stop_deployment(deploymentId=id, **({"autoRollbackEnabled": True} if is_asked else {}))
    shop.aws.idle()
    assert shop.traffic() == OUT
    info = shop.info(id)
    back = info["rollbackInfo"]["rollbackDeploymentId"]
    rollback = shop.info(back)
    assert info["status"] == "Stopped"
    assert rollback["status"] == "Succeeded"
    assert rollback["creator"] == "codeDeployRollback"
    assert rollback["rollbackInfo"]["rollbackTriggeringDeploymentId"] == id
    assert info["rollbackInfo"]["rollbackMessage"].endswith("the rollback succeeded")


def test_autorollback_of_the_group_can_be_left_out_when_stopping(shop: Shop) -> None:
    shop.open(CANARY, autoRollbackConfiguration=ON_EVERYTHING)
    id = shop.start()
    shop.deploy.stop_deployment(deploymentId=id, autoRollbackEnabled=False)
    shop.aws.idle()
    assert shop.traffic() == PART
    assert "rollbackInfo" not in shop.info(id)


def test_hooks_are_invoked_around_the_traffic_and_report(shop: Shop) -> None:
    shop.open(CANARY)
    shop.hook("before", "Succeeded")
    shop.hook("after", "Succeeded")
    id = shop.start(hooks={"BeforeAllowTraffic": "before", "AfterAllowTraffic": "after"})
    assert shop.events(id) == {
        "BeforeAllowTraffic": "Succeeded",
        "AllowTraffic": "InProgress",
        "AfterAllowTraffic": "Pending",
    }
    shop.aws.advance(300)
    assert set(shop.events(id).values()) == {"Succeeded"}
    assert shop.status(id) == "Succeeded"


def test_a_failing_hook_before_the_traffic_keeps_the_alias_as_it_was(shop: Shop) -> None:
    shop.open(ALL_AT_ONCE)
    shop.hook("before", "Failed")
    id = shop.start(hooks={"BeforeAllowTraffic": "before"})
    info = shop.info(id)
    assert (info["status"], info["errorInformation"]["code"]) == ("Failed", "HOOK_EXECUTION_FAILURE")
    assert shop.traffic() == OUT
    assert shop.events(id) == {
        "BeforeAllowTraffic": "Failed",
        "AllowTraffic": "Skipped",
        "AfterAllowTraffic": "Skipped",
    }
    (event, *_) = shop.target(id)["lifecycleEvents"]
    assert event["diagnostics"]["errorCode"] == "ScriptFailed"
    assert info["deploymentOverview"]["Failed"] == 1


def test_a_failing_hook_after_the_traffic_takes_it_back(shop: Shop) -> None:
    shop.open(ALL_AT_ONCE, autoRollbackConfiguration=ON_EVERYTHING)
    shop.hook("after", "Failed")
    id = shop.start(hooks={"AfterAllowTraffic": "after"})
    assert shop.status(id) == "Failed"
    assert shop.traffic() == OUT
    assert shop.status(shop.info(id)["rollbackInfo"]["rollbackDeploymentId"]) == "Succeeded"


def test_a_hook_that_says_nothing_fails_after_an_hour(shop: Shop) -> None:
    shop.open(ALL_AT_ONCE)
    shop.hook("silent", "")
    id = shop.start(hooks={"BeforeAllowTraffic": "silent"})
    shop.aws.advance(3599)
    assert shop.status(id) == "InProgress"
    shop.aws.advance(2)
    info = shop.info(id)
    assert (info["status"], info["errorInformation"]["code"]) == ("Failed", "HOOK_EXECUTION_FAILURE")
    assert shop.traffic() == OUT


def test_a_hook_that_does_not_exist_fails_the_deployment(shop: Shop) -> None:
    shop.open(ALL_AT_ONCE)
    id = shop.start(hooks={"BeforeAllowTraffic": "nothing"})
    info = shop.info(id)
    assert info["status"] == "Failed"
    assert "Function not found" in info["errorInformation"]["message"]


def test_what_hooks_may_report(shop: Shop) -> None:
    shop.open(ALL_AT_ONCE)
    shop.function(
        "before", "def handler(event, context):\n    raise ValueError(event['LifecycleEventHookExecutionId'])\n"
    )
    id = shop.start(hooks={"BeforeAllowTraffic": "before"})
    report = shop.deploy.put_lifecycle_event_hook_execution_status
    logs = shop.aws.client("logs").filter_log_events(logGroupName="/aws/lambda/before")["events"]
    hook_id = next(line["message"] for line in logs if "ValueError: " in line["message"]).split("ValueError: ")[1]
    hook_id = hook_id.split()[0]
    known = {"deploymentId": id, "lifecycleEventHookExecutionId": hook_id}
    assert refusal(report, **(known | {"status": "Skipped"}))[0] == "InvalidLifecycleEventHookExecutionStatusException"
    wrong = known | {"lifecycleEventHookExecutionId": "nonsense", "status": "Succeeded"}
    assert refusal(report, **wrong)[0] == "InvalidLifecycleEventHookExecutionIdException"
    missing = known | {"deploymentId": "d-AAAAAAAAA", "status": "Succeeded"}
    assert refusal(report, **missing)[0] == "DeploymentDoesNotExistException"
    assert report(**known, status="Succeeded")["lifecycleEventHookExecutionId"] == hook_id
    assert refusal(report, **known, status="Succeeded")[0] == "LifecycleEventAlreadyCompletedException"


def alarm_on(shop: Shop, **members: Any) -> None:
    request = {
        "AlarmName": "errors",
        "Namespace": "Shop",
        "MetricName": "Errors",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }
    shop.aws.client("cloudwatch").put_metric_alarm(**(request | members))


ALARMED: dict[str, Any] = {"enabled": True, "alarms": [{"name": "errors"}]}


def test_an_alarm_stops_a_canary_and_takes_it_back(shop: Shop) -> None:
    alarm_on(shop)
    shop.open(CANARY, alarmConfiguration=ALARMED, autoRollbackConfiguration=ON_EVERYTHING)
    id = shop.start()
    shop.aws.advance(60)
    assert shop.traffic() == PART
    shop.aws.client("cloudwatch").put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Errors", "Value": 3}])
    shop.aws.advance(61)
    info = shop.info(id)
    assert (info["status"], info["errorInformation"]["code"]) == ("Stopped", "ALARM_ACTIVE")
    assert "<errors>" in info["errorInformation"]["message"]
    assert shop.traffic() == OUT
    assert shop.status(info["rollbackInfo"]["rollbackDeploymentId"]) == "Succeeded"


def test_errors_of_the_new_version_take_it_back(shop: Shop) -> None:
    routing = {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 99, "canaryInterval": 10}}
    shop.deploy.create_deployment_config(
        deploymentConfigName="nearly", computePlatform="Lambda", trafficRoutingConfig=routing
    )
    dimensions = {"FunctionName": "f", "Resource": "f:live", "ExecutedVersion": "2"}
    alarm_on(
        shop,
        Namespace="AWS/Lambda",
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
    )
    broken = "def handler(event, context):\n    raise ValueError\n"
    shop.open("nearly", broken, alarmConfiguration=ALARMED, autoRollbackConfiguration=ON_EVERYTHING)
    id = shop.start()
    for _ in range(12):
        shop.functions.invoke(FunctionName="f:live")
    shop.aws.advance(180)
    assert shop.info(id)["errorInformation"]["code"] == "ALARM_ACTIVE"
    assert shop.traffic() == OUT


def test_an_alarm_without_autorollback_stops_only(shop: Shop) -> None:
    alarm_on(shop)
    shop.open(CANARY, alarmConfiguration=ALARMED)
    id = shop.start()
    shop.aws.client("cloudwatch").set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    shop.aws.idle()
    assert shop.status(id) == "Stopped"
    assert shop.traffic() == PART


def test_a_deployment_does_not_begin_while_its_alarm_is_active(shop: Shop) -> None:
    alarm_on(shop)
    shop.aws.client("cloudwatch").set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="test")
    shop.open(ALL_AT_ONCE, alarmConfiguration=ALARMED)
    id = shop.start()
    assert shop.info(id)["errorInformation"]["code"] == "ALARM_ACTIVE"
    assert shop.traffic() == OUT
    other = shop.start(overrideAlarmConfiguration={"enabled": False})
    assert shop.status(other) == "Succeeded"
    assert shop.info(other)["overrideAlarmConfiguration"] == {
        "enabled": False,
        "ignorePollAlarmFailure": False,
        "alarms": [],
    }
    assert shop.traffic() == OVER


def test_an_alarm_that_is_not_there_stops_unless_that_is_ignored(shop: Shop) -> None:
    shop.open(ALL_AT_ONCE, alarmConfiguration=ALARMED)
    assert shop.status(shop.start()) == "Stopped"
    ignoring = ALARMED | {"ignorePollAlarmFailure": True}
    shop.deploy.update_deployment_group(
        applicationName="a", currentDeploymentGroupName="g", alarmConfiguration=ignoring
    )
    assert shop.status(shop.start()) == "Succeeded"


def test_an_alias_elsewhere_or_gone_fails_the_deployment(shop: Shop) -> None:
    shop.open(ALL_AT_ONCE)
    failed = shop.info(shop.start("2", "1"))
    assert failed["status"] == "Failed"
    assert failed["errorInformation"]["code"] == "INVALID_LAMBDA_CONFIGURATION"
    assert "alias version does not match the current version in AppSpec file" in failed["errorInformation"]["message"]
    failed = shop.info(shop.start("1", "7"))
    assert failed["errorInformation"]["code"] == "INVALID_LAMBDA_FUNCTION"
    assert "function:f:7" in failed["errorInformation"]["message"]
    shop.functions.delete_alias(FunctionName="f", Name="live")
    failed = shop.info(shop.start())
    assert failed["errorInformation"]["code"] == "INVALID_LAMBDA_CONFIGURATION"


def test_a_group_has_one_deployment_at_a_time(shop: Shop) -> None:
    shop.open(CANARY)
    id = shop.start()
    code, message = refusal(shop.start)
    assert code == "DeploymentLimitExceededException"
    assert message == f"The Deployment Group 'g' already has an active Deployment '{id}'"


def test_a_revision_in_s3_is_read(shop: Shop) -> None:
    shop.open(ALL_AT_ONCE)
    s3, bucket = shop.aws.client("s3"), shop.aws.unique("revisions")
    s3.create_bucket(Bucket=bucket)
    content = """
version: 0.0
Resources:
  - f:
      Type: AWS::Lambda::Function
      Properties:
        Name: "f"
        Alias: "live"
        CurrentVersion: "1"
        TargetVersion: "2"
"""
    s3.put_object(Bucket=bucket, Key="appspec.yml", Body=content.encode())
    place = {"bucket": bucket, "key": "appspec.yml", "bundleType": "YAML"}
    id = shop.start(revision={"revisionType": "S3", "s3Location": place})
    assert shop.status(id) == "Succeeded"
    assert shop.info(id)["revision"]["s3Location"] == place
    missing = {"revisionType": "S3", "s3Location": place | {"key": "nothing"}}
    assert refusal(shop.start, revision=missing)[0] == "RevisionDoesNotExistException"


def test_topics_are_told_by_triggers(shop: Shop) -> None:
    sns, sqs = shop.aws.client("sns"), shop.aws.client("sqs")
    topic = sns.create_topic(Name="t")["TopicArn"]
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=f"arn:aws:sqs:us-east-1:{shop.aws.account}:q",
        Attributes={"RawMessageDelivery": "true"},
    )
    trigger = {
        "triggerName": "tell",
        "triggerTargetArn": topic,
        "triggerEvents": ["DeploymentStart", "DeploymentSuccess"],
    }
    shop.open(ALL_AT_ONCE, triggerConfigurations=[trigger])
    id = shop.start()
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    told = {message["status"]: message for message in (json.loads(each["Body"]) for each in found)}
    assert told.keys() == {"INPROGRESS", "SUCCEEDED"} or told.keys() == {"CREATED", "SUCCEEDED"}
    assert told["SUCCEEDED"]["deploymentId"] == id
    assert told["SUCCEEDED"]["eventTriggerName"] == "tell"
    assert told["SUCCEEDED"]["applicationName"] == "a"


def test_eventbridge_is_told_of_states(shop: Shop) -> None:
    url = shop.aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    events, account = shop.aws.client("events"), shop.aws.account
    events.put_rule(Name="r", EventPattern='{"source": ["aws.codedeploy"]}')
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": f"arn:aws:sqs:us-east-1:{account}:q"}])
    shop.open(ALL_AT_ONCE)
    id = shop.start()
    shop.aws.idle()
    found = shop.aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    told = {event["detail"]["state"]: event for event in (json.loads(each["Body"]) for each in found)}
    assert told.keys() == {"START", "SUCCESS"}
    event = told["SUCCESS"]
    assert event.pop("id") and event.pop("time")
    group = shop.deploy.get_deployment_group(applicationName="a", deploymentGroupName="g")["deploymentGroupInfo"]
    assert event == {
        "version": "0",
        "detail-type": "CodeDeploy Deployment State-change Notification",
        "source": "aws.codedeploy",
        "account": account,
        "region": "us-east-1",
        "resources": [
            f"arn:aws:codedeploy:us-east-1:{account}:application:a",
            f"arn:aws:codedeploy:us-east-1:{account}:deploymentgroup:a/g",
        ],
        "detail": {
            "region": "us-east-1",
            "deploymentId": id,
            "instanceGroupId": group["deploymentGroupId"],
            "deploymentGroup": "g",
            "state": "SUCCESS",
            "application": "a",
        },
    }


def test_deployments_are_listed_the_newest_first(shop: Shop) -> None:
    shop.open(ALL_AT_ONCE)
    first, second = shop.start(), shop.start("2", "1")
    stays = shop.start(deploymentConfigName=CANARY)
    named = {"applicationName": "a", "deploymentGroupName": "g"}
    listed = shop.deploy.list_deployments
    assert listed()["deployments"] == [stays, second, first]
    assert listed(**named)["deployments"] == [stays, second, first]
    assert listed(includeOnlyStatuses=["Succeeded"])["deployments"] == [second, first]
    now = shop.aws.clock.now()
    assert listed(createTimeRange={"start": now + 10, "end": now + 20})["deployments"] == []
    shown = shop.deploy.batch_get_deployments(deploymentIds=[second, "d-AAAAAAAAA", first])["deploymentsInfo"]
    assert [info["deploymentId"] for info in shown] == [second, first]
    group = shop.deploy.get_deployment_group(**named)["deploymentGroupInfo"]
    assert group["lastAttemptedDeployment"]["deploymentId"] == stays
    assert group["lastSuccessfulDeployment"]["deploymentId"] == second
    assert refusal(listed, createTimeRange={"start": now, "end": now - 1})[0] == "InvalidTimeRangeException"
    assert refusal(listed, includeOnlyStatuses=["Lost"])[0] == "InvalidDeploymentStatusException"
    assert refusal(listed, applicationName="a")[0] == "DeploymentGroupNameRequiredException"
    assert refusal(listed, deploymentGroupName="g")[0] == "ApplicationNameRequiredException"
    assert refusal(listed, nextToken="x")[0] == "InvalidNextTokenException"
    assert refusal(listed, externalId="x")[0] == "InvalidExternalIdException"


def test_targets_of_deployments(shop: Shop) -> None:
    shop.open(CANARY)
    id = shop.start()
    targets = shop.deploy.list_deployment_targets
    assert targets(deploymentId=id)["targetIds"] == ["f"]
    assert targets(deploymentId=id, targetFilters={"TargetStatus": ["Succeeded"]})["targetIds"] == []
    assert targets(deploymentId=id, targetFilters={"TargetStatus": ["InProgress"]})["targetIds"] == ["f"]
    (target,) = shop.deploy.batch_get_deployment_targets(deploymentId=id, targetIds=["f"])["deploymentTargets"]
    assert target["deploymentTargetType"] == "LambdaTarget"
    assert target["lambdaTarget"]["targetArn"] == f"arn:aws:lambda:us-east-1:{shop.aws.account}:function:f"
    one = shop.deploy.get_deployment_target
    assert refusal(one, deploymentId=id, targetId="x")[0] == "DeploymentTargetDoesNotExistException"
    assert refusal(one, deploymentId=id, targetId="")[0] == "DeploymentTargetIdRequiredException"
    assert refusal(targets, deploymentId=id, targetFilters={"X": ["y"]})[0] in (
        "InvalidTargetFilterNameException",
        "ValidationException",
    )


def test_what_is_for_instances_is_refused(shop: Shop) -> None:
    shop.open(CANARY)
    id = shop.start()
    code, _ = refusal(shop.deploy.continue_deployment, deploymentId=id)
    assert code == "UnsupportedActionForDeploymentTypeException"
    code, _ = refusal(shop.deploy.skip_wait_time_for_instance_termination, deploymentId=id)
    assert code == "UnsupportedActionForDeploymentTypeException"
    shop.deploy.stop_deployment(deploymentId=id)
    shop.aws.idle()
    assert refusal(shop.deploy.continue_deployment, deploymentId=id)[0] == "DeploymentAlreadyCompletedException"
    code, message = refusal(shop.start, updateOutdatedInstancesOnly=True)
    assert code == "InvalidInputException"
    assert message.startswith("updateOutdatedInstancesOnly")


def test_deployments_that_cannot_be_made_are_refused(shop: Shop) -> None:
    shop.open(ALL_AT_ONCE)
    create, named = shop.deploy.create_deployment, {"applicationName": "a", "deploymentGroupName": "g"}
    revision = shop.revision()
    assert refusal(create, applicationName="x", deploymentGroupName="g", revision=revision) == (
        "ApplicationDoesNotExistException",
        "No application found for name: x",
    )
    assert refusal(create, applicationName="a", deploymentGroupName="x", revision=revision) == (
        "DeploymentGroupDoesNotExistException",
        "No Deployment Group found for name: x",
    )
    assert refusal(create, applicationName="a", revision=revision)[0] == "DeploymentGroupNameRequiredException"
    assert refusal(create, **named)[0] == "RevisionRequiredException"
    assert refusal(create, **named, revision=revision, deploymentConfigName="x")[0] == (
        "DeploymentConfigDoesNotExistException"
    )
    assert refusal(create, **named, revision=revision, description="x" * 257)[0] == "DescriptionTooLongException"
    wrong = {"enabled": True, "events": ["NEVER"]}
    assert refusal(create, **named, revision=revision, autoRollbackConfiguration=wrong)[0] == (
        "InvalidAutoRollbackConfigException"
    )
    github = {"revisionType": "GitHub", "gitHubLocation": {"repository": "a/b", "commitId": "c"}}
    assert "GitHub" in refusal(create, **named, revision=github)[1]
    get = shop.deploy.get_deployment
    assert refusal(get, deploymentId="d-AAAAAAAAA") == (
        "DeploymentDoesNotExistException",
        "The deployment d-AAAAAAAAA could not be found",
    )
    assert refusal(get, deploymentId="x")[0] == "InvalidDeploymentIdException"
    assert refusal(get, deploymentId="")[0] == "DeploymentIdRequiredException"
