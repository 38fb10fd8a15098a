"""Applications with their revisions and tags, deployment groups and deployment configurations."""

from typing import Any

import pytest
from botocore.config import Config

from aws.codedeploy.conftest import Shop, refusal

OWN = (
    "CodeDeployDefault.LambdaAllAtOnce",
    "CodeDeployDefault.LambdaCanary10Percent10Minutes",
    "CodeDeployDefault.LambdaCanary10Percent15Minutes",
    "CodeDeployDefault.LambdaCanary10Percent30Minutes",
    "CodeDeployDefault.LambdaCanary10Percent5Minutes",
    "CodeDeployDefault.LambdaLinear10PercentEvery10Minutes",
    "CodeDeployDefault.LambdaLinear10PercentEvery1Minute",
    "CodeDeployDefault.LambdaLinear10PercentEvery2Minutes",
    "CodeDeployDefault.LambdaLinear10PercentEvery3Minutes",
)
ALL_AT_ONCE = OWN[0]
LAMBDA: dict[str, Any] = {"computePlatform": "Lambda"}


@pytest.fixture
def deploy(aws: Any) -> Any:
    return aws.client("codedeploy")


def test_applications_are_made_shown_renamed_and_deleted(shop: Shop) -> None:
    deploy = shop.deploy
    id = deploy.create_application(applicationName="a", **LAMBDA)["applicationId"]
    shown = deploy.get_application(applicationName="a")["application"]
    assert (shown["applicationId"], shown["applicationName"]) == (id, "a")
    assert (shown["computePlatform"], shown["linkedToGitHub"]) == ("Lambda", False)
    shop.group(ALL_AT_ONCE)
    deploy.create_application(applicationName="b", **LAMBDA)
    assert refusal(deploy.create_application, applicationName="a", **LAMBDA) == (
        "ApplicationAlreadyExistsException",
        "Application already exists: a",
    )
    code, _ = refusal(deploy.update_application, applicationName="a", newApplicationName="b")
    assert code == "ApplicationAlreadyExistsException"
    deploy.update_application(applicationName="a")
    deploy.update_application(applicationName="a", newApplicationName="c")
    assert deploy.list_applications()["applications"] == ["b", "c"]
    assert deploy.list_deployment_groups(applicationName="c")["deploymentGroups"] == ["g"]
    found = deploy.batch_get_applications(applicationNames=["c", "b"])["applicationsInfo"]
    assert [each["applicationName"] for each in found] == ["c", "b"]
    assert refusal(deploy.get_application, applicationName="a") == (
        "ApplicationDoesNotExistException",
        "No application found for name: a",
    )
    deploy.delete_application(applicationName="c")
    deploy.delete_application(applicationName="c")
    assert refusal(deploy.list_deployment_groups, applicationName="c")[0] == "ApplicationDoesNotExistException"
    deploy.create_application(applicationName="c", **LAMBDA)
    assert deploy.list_deployment_groups(applicationName="c")["deploymentGroups"] == []


def test_a_renamed_application_keeps_its_deployments(shop: Shop) -> None:
    shop.open(ALL_AT_ONCE)
    id = shop.start()
    shop.deploy.update_application(applicationName="a", newApplicationName="b")
    shop.deploy.update_deployment_group(applicationName="b", currentDeploymentGroupName="g", newDeploymentGroupName="h")
    named = {"applicationName": "b", "deploymentGroupName": "h"}
    assert shop.deploy.list_deployments(**named)["deployments"] == [id]
    info = shop.info(id)
    assert (info["applicationName"], info["deploymentGroupName"]) == ("b", "h")


def test_other_compute_platforms_are_refused_by_name(deploy: Any) -> None:
    for platform in ({}, {"computePlatform": "Server"}, {"computePlatform": "ECS"}):
        code, message = refusal(deploy.create_application, applicationName="a", **platform)
        assert code == "NotImplemented"
        assert message.startswith("Serein deploys Lambda functions only: computePlatform of an application")
    code, _ = refusal(deploy.create_application, applicationName="a", computePlatform="Mainframe")
    assert code == "InvalidComputePlatformException"
    code, message = refusal(deploy.get_deployment_config, deploymentConfigName="CodeDeployDefault.OneAtATime")
    assert code == "NotImplemented"
    code, message = refusal(
        deploy.create_deployment_config,
        deploymentConfigName="x",
        minimumHealthyHosts={"type": "HOST_COUNT", "value": 1},
    )
    assert code == "NotImplemented"
    code, message = refusal(deploy.list_on_premises_instances)
    assert "list_on_premises_instances".replace("_", "") in message.lower()


def test_names_are_checked(aws: Any, deploy: Any) -> None:
    unchecked = aws.client("codedeploy", config=Config(parameter_validation=False))
    assert refusal(deploy.get_application, applicationName="a b")[0] == "InvalidApplicationNameException"
    assert refusal(deploy.batch_get_applications, applicationNames=[])[0] == "ApplicationNameRequiredException"
    many = [f"a{number}" for number in range(101)]
    assert refusal(deploy.batch_get_applications, applicationNames=many)[0] == "BatchLimitExceededException"
    deploy.create_application(applicationName="a", **LAMBDA)
    get = deploy.get_deployment_group
    assert refusal(get, applicationName="a", deploymentGroupName="a b")[0] == "InvalidDeploymentGroupNameException"
    assert refusal(unchecked.get_deployment_group, applicationName="a")[0] == "DeploymentGroupNameRequiredException"
    config = deploy.get_deployment_config
    assert refusal(config, deploymentConfigName="a b")[0] == "InvalidDeploymentConfigNameException"
    assert refusal(unchecked.get_deployment_config)[0] == "DeploymentConfigNameRequiredException"
    assert refusal(config, deploymentConfigName="x")[0] == "DeploymentConfigDoesNotExistException"
    assert refusal(deploy.list_applications, nextToken="x")[0] == "InvalidNextTokenException"


def test_names_are_listed_in_pages(deploy: Any) -> None:
    for number in range(101):
        deploy.create_application(applicationName=f"a{number:03}", **LAMBDA)
    first = deploy.list_applications()
    assert len(first["applications"]) == 100
    rest = deploy.list_applications(nextToken=first["nextToken"])
    assert rest["applications"] == ["a100"]
    assert "nextToken" not in rest
    code, _ = refusal(deploy.list_deployment_configs, nextToken=first["nextToken"])
    assert code == "InvalidNextTokenException"


def test_groups_are_made_shown_changed_and_deleted(shop: Shop) -> None:
    alarms = {"enabled": True, "alarms": [{"name": "x"}]}
    rollback = {"enabled": True, "events": ["DEPLOYMENT_FAILURE"]}
    shop.group(OWN[1], alarmConfiguration=alarms, autoRollbackConfiguration=rollback)
    named = {"applicationName": "a", "deploymentGroupName": "g"}
    shown = shop.deploy.get_deployment_group(**named)["deploymentGroupInfo"]
    assert shown["deploymentConfigName"] == OWN[1]
    assert shown["serviceRoleArn"] == shop.role
    assert shown["deploymentStyle"] == {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
    assert shown["alarmConfiguration"] == alarms | {"ignorePollAlarmFailure": False}
    assert shown["autoRollbackConfiguration"] == rollback
    assert "lastAttemptedDeployment" not in shown
    change = shop.deploy.update_deployment_group
    change(
        applicationName="a",
        currentDeploymentGroupName="g",
        newDeploymentGroupName="h",
        deploymentConfigName=OWN[2],
        alarmConfiguration={"enabled": False},
        serviceRoleArn=f"{shop.role}2",
    )
    assert refusal(shop.deploy.get_deployment_group, **named)[0] == "DeploymentGroupDoesNotExistException"
    shop.group(ALL_AT_ONCE)
    batch = shop.deploy.batch_get_deployment_groups(applicationName="a", deploymentGroupNames=["h", "x", "g"])
    first, second = batch["deploymentGroupsInfo"]
    assert (first["deploymentGroupName"], second["deploymentGroupName"]) == ("h", "g")
    assert (first["deploymentConfigName"], first["serviceRoleArn"]) == (OWN[2], f"{shop.role}2")
    assert first["alarmConfiguration"]["alarms"] == []
    assert first["autoRollbackConfiguration"] == rollback
    assert batch["errorMessage"] == "No Deployment Group found for names: x"
    code, message = refusal(change, applicationName="a", currentDeploymentGroupName="g", newDeploymentGroupName="h")
    assert (code, message) == ("DeploymentGroupAlreadyExistsException", "Deployment group name already exists: h")
    assert shop.deploy.delete_deployment_group(**named)["hooksNotCleanedUp"] == []
    shop.deploy.delete_deployment_group(**named)
    assert shop.deploy.list_deployment_groups(applicationName="a")["deploymentGroups"] == ["h"]


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"serviceRoleArn": ""}, "RoleRequiredException"),
        ({"serviceRoleArn": "me"}, "InvalidRoleException"),
        ({"deploymentConfigName": "x"}, "DeploymentConfigDoesNotExistException"),
        ({"ec2TagFilters": [{"Key": "a", "Value": "b", "Type": "KEY_AND_VALUE"}]}, "InvalidInputException"),
        ({"deploymentStyle": {"deploymentType": "IN_PLACE"}}, "InvalidDeploymentStyleException"),
        ({"alarmConfiguration": {"enabled": True}}, "InvalidAlarmConfigException"),
        ({"alarmConfiguration": {"alarms": [{"name": f"a{n}"} for n in range(11)]}}, "AlarmsLimitExceededException"),
        ({"alarmConfiguration": {"alarms": [{"name": "a"}, {"name": "a"}]}}, "InvalidAlarmConfigException"),
        ({"autoRollbackConfiguration": {"enabled": True}}, "InvalidAutoRollbackConfigException"),
        ({"triggerConfigurations": [{"triggerName": "t"}]}, "InvalidTriggerConfigException"),
        (
            {
                "triggerConfigurations": [
                    {"triggerName": "t", "triggerTargetArn": "arn:aws:sns:us-east-1:1:t", "triggerEvents": ["Rain"]}
                ]
            },
            "InvalidTriggerConfigException",
        ),
        (
            {
                "triggerConfigurations": [
                    {
                        "triggerName": f"t{number}",
                        "triggerTargetArn": "arn:aws:sns:us-east-1:1:t",
                        "triggerEvents": ["DeploymentStart"],
                    }
                    for number in range(11)
                ]
            },
            "TriggerTargetsLimitExceededException",
        ),
        ({"tags": [{"Key": "aws:x", "Value": "y"}]}, "InvalidTagsToAddException"),
    ],
)
def test_groups_that_cannot_be_are_refused(shop: Shop, members: dict[str, Any], code: str) -> None:
    shop.deploy.create_application(applicationName="a", **LAMBDA)
    request = {"applicationName": "a", "deploymentGroupName": "g", "serviceRoleArn": shop.role} | members
    assert refusal(shop.deploy.create_deployment_group, **request)[0] == code
    assert shop.deploy.list_deployment_groups(applicationName="a")["deploymentGroups"] == []


def test_awss_own_configurations_are_there(deploy: Any) -> None:
    assert tuple(deploy.list_deployment_configs()["deploymentConfigsList"]) == OWN
    config = deploy.get_deployment_config(deploymentConfigName=OWN[4])["deploymentConfigInfo"]
    assert config["computePlatform"] == "Lambda"
    assert config["trafficRoutingConfig"] == {
        "type": "TimeBasedCanary",
        "timeBasedCanary": {"canaryPercentage": 10, "canaryInterval": 5},
    }
    assert refusal(deploy.delete_deployment_config, deploymentConfigName=OWN[4])[0] == "InvalidOperationException"
    code, _ = refusal(deploy.create_deployment_config, deploymentConfigName="CodeDeployDefault.Mine", **LAMBDA)
    assert code == "InvalidDeploymentConfigNameException"


def test_own_configurations_are_made_and_deleted_once_unused(shop: Shop) -> None:
    routing = {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 25, "canaryInterval": 60}}
    request = {"deploymentConfigName": "mine", "trafficRoutingConfig": routing, **LAMBDA}
    id = shop.deploy.create_deployment_config(**request)["deploymentConfigId"]
    shown = shop.deploy.get_deployment_config(deploymentConfigName="mine")["deploymentConfigInfo"]
    assert (shown["deploymentConfigId"], shown["trafficRoutingConfig"]) == (id, routing)
    code, _ = refusal(shop.deploy.create_deployment_config, **request)
    assert code == "DeploymentConfigAlreadyExistsException"
    shop.group("mine")
    assert refusal(shop.deploy.delete_deployment_config, deploymentConfigName="mine")[0] == (
        "DeploymentConfigInUseException"
    )
    shop.deploy.delete_deployment_group(applicationName="a", deploymentGroupName="g")
    shop.deploy.delete_deployment_config(deploymentConfigName="mine")
    assert "mine" not in shop.deploy.list_deployment_configs()["deploymentConfigsList"]


@pytest.mark.parametrize(
    "routing",
    [
        {},
        {"type": "Random"},
        {"type": "AllAtOnce", "timeBasedCanary": {"canaryPercentage": 1, "canaryInterval": 1}},
        {"type": "TimeBasedCanary"},
        {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 10}},
        {"type": "TimeBasedCanary", "timeBasedCanary": {"canaryPercentage": 100, "canaryInterval": 1}},
        {"type": "TimeBasedLinear", "timeBasedLinear": {"linearPercentage": 10, "linearInterval": 2881}},
    ],
)
def test_traffic_that_cannot_be_routed_is_refused(deploy: Any, routing: dict[str, Any]) -> None:
    request = {"deploymentConfigName": "x", "trafficRoutingConfig": routing, **LAMBDA}
    assert refusal(deploy.create_deployment_config, **request)[0] == "InvalidTrafficRoutingConfigurationException"


def test_revisions_are_registered_used_and_listed(shop: Shop) -> None:
    shop.open(ALL_AT_ONCE)
    deploy, revision = shop.deploy, shop.revision()
    place = {"bucket": "b", "key": "x/appspec.json", "bundleType": "JSON"}
    stored = {"revisionType": "S3", "s3Location": place}
    deploy.register_application_revision(applicationName="a", revision=stored, description="kept")
    info = deploy.get_application_revision(applicationName="a", revision=stored)["revisionInfo"]
    assert (info["description"], info["deploymentGroups"]) == ("kept", [])
    assert "lastUsedTime" not in info
    code, _ = refusal(deploy.get_application_revision, applicationName="a", revision=revision)
    assert code == "RevisionDoesNotExistException"
    shop.start()
    used = deploy.get_application_revision(applicationName="a", revision=revision)
    assert used["revision"]["appSpecContent"]["content"] == shop.app_spec()
    assert used["revisionInfo"]["deploymentGroups"] == ["g"]
    assert used["revisionInfo"]["firstUsedTime"] == used["revisionInfo"]["lastUsedTime"]

    def listed(**request: Any) -> list[str]:
        found = deploy.list_application_revisions(applicationName="a", **request)["revisions"]
        return [each["revisionType"] for each in found]

    assert sorted(listed()) == ["AppSpecContent", "S3"]
    assert listed(deployed="include") == ["AppSpecContent"]
    assert listed(deployed="exclude") == ["S3"]
    assert listed(s3Bucket="b", s3KeyPrefix="x/") == ["S3"]
    assert listed(s3Bucket="b", s3KeyPrefix="y/") == []
    assert listed(sortBy="lastUsedTime", sortOrder="descending") == ["AppSpecContent", "S3"]
    listing = deploy.list_application_revisions
    assert refusal(listing, applicationName="a", sortBy="colour")[0] == "InvalidSortByException"
    assert refusal(listing, applicationName="a", sortOrder="up")[0] == "InvalidSortOrderException"
    assert refusal(listing, applicationName="a", deployed="maybe")[0] == "InvalidDeployedStateFilterException"
    missing = {"revisionType": "S3", "s3Location": place | {"key": "nothing"}}
    batch = deploy.batch_get_application_revisions(applicationName="a", revisions=[stored, missing])
    (one,) = batch["revisions"]
    assert one["revisionLocation"] == stored
    assert one["genericRevisionInfo"]["description"] == "kept"
    assert batch["errorMessage"]
    register = deploy.register_application_revision
    assert refusal(register, applicationName="a", revision={})[0] == "RevisionRequiredException"
    assert refusal(register, applicationName="a", revision={"revisionType": "S3"})[0] == "InvalidRevisionException"
    zipped = {"revisionType": "S3", "s3Location": place | {"bundleType": "zip"}}
    assert refusal(register, applicationName="a", revision=zipped)[0] == "InvalidRevisionException"


def test_applications_and_groups_have_tags(shop: Shop) -> None:
    deploy = shop.deploy
    deploy.create_application(applicationName="a", tags=[{"Key": "x", "Value": "1"}], **LAMBDA)
    shop.group(ALL_AT_ONCE, tags=[{"Key": "y", "Value": "2"}])
    arn = f"arn:aws:codedeploy:us-east-1:{shop.aws.account}"
    for resource, key, value in ((f"{arn}:application:a", "x", "1"), (f"{arn}:deploymentgroup:a/g", "y", "2")):
        assert deploy.list_tags_for_resource(ResourceArn=resource)["Tags"] == [{"Key": key, "Value": value}]
        deploy.tag_resource(ResourceArn=resource, Tags=[{"Key": "z", "Value": "3"}])
        deploy.untag_resource(ResourceArn=resource, TagKeys=[key])
        assert deploy.list_tags_for_resource(ResourceArn=resource)["Tags"] == [{"Key": "z", "Value": "3"}]
    tag, listed = deploy.tag_resource, deploy.list_tags_for_resource
    many = [{"Key": f"k{number}", "Value": ""} for number in range(50)]
    assert refusal(tag, ResourceArn=f"{arn}:application:a", Tags=many)[0] == "InvalidTagsToAddException"
    assert refusal(tag, ResourceArn=f"{arn}:application:a", Tags=[])[0] == "TagRequiredException"
    assert refusal(deploy.untag_resource, ResourceArn=f"{arn}:application:a", TagKeys=[])[0] == "TagRequiredException"
    assert refusal(listed, ResourceArn=f"{arn}:application:b")[0] == "ApplicationDoesNotExistException"
    assert refusal(listed, ResourceArn=f"{arn}:deploymentgroup:a/h")[0] == "DeploymentGroupDoesNotExistException"
    assert refusal(listed, ResourceArn=f"{arn}:deploymentconfig:x")[0] == "ArnNotSupportedException"
    assert refusal(listed, ResourceArn="a:application")[0] == "InvalidArnException"
