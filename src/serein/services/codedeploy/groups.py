"""Deployment groups: what may be put, and how they are shown."""

from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.operation import Request
from serein.services.codedeploy import errors
from serein.services.codedeploy.configurations import ALL_AT_ONCE
from serein.services.codedeploy.deployments import Deployment
from serein.services.codedeploy.store.applications import Group

_MOST_ALARMS = 10
_MOST_TRIGGERS = 10
MOST_TAGS = 50
STYLE = {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"}
_ROLLBACK_EVENTS = frozenset({"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"})
_TRIGGER_EVENTS = frozenset(
    {
        "DeploymentStart",
        "DeploymentSuccess",
        "DeploymentFailure",
        "DeploymentStop",
        "DeploymentRollback",
        "DeploymentReady",
        "InstanceStart",
        "InstanceSuccess",
        "InstanceFailure",
        "InstanceReady",
    }
)
_ELSEWHERE = (
    "autoScalingGroups",
    "blueGreenDeploymentConfiguration",
    "ec2DeploymentOptions",
    "ec2TagFilters",
    "ec2TagSet",
    "ecsServices",
    "loadBalancerInfo",
    "onPremisesInstanceTagFilters",
    "onPremisesTagSet",
    "outdatedInstancesStrategy",
    "terminationHookEnabled",
)
"""What belongs to other compute platforms."""


def parse_group(request: Request, known: dict[str, Any] | None = None) -> dict[str, Any]:
    """The definition of a group, made or changed. Raises AwsError."""
    for member in _ELSEWHERE:
        if request.get(member):
            raise errors.InvalidInputException(f"{member} is not for the Lambda compute platform")
    definition: dict[str, Any] = known or {"deploymentConfigName": ALL_AT_ONCE, "deploymentStyle": STYLE}
    if request.get("deploymentStyle", STYLE) != STYLE:
        raise errors.InvalidDeploymentStyleException(
            "The deployment style of the Lambda compute platform is BLUE_GREEN with WITH_TRAFFIC_CONTROL"
        )
    if request.get("deploymentConfigName"):
        definition["deploymentConfigName"] = request["deploymentConfigName"]
    if "serviceRoleArn" in request or known is None:
        definition["serviceRoleArn"] = _parse_role(request.get("serviceRoleArn"))
    if "alarmConfiguration" in request:
        definition["alarmConfiguration"] = parse_alarms(request["alarmConfiguration"])
    if "autoRollbackConfiguration" in request:
        definition["autoRollbackConfiguration"] = parse_rollback(request["autoRollbackConfiguration"])
    if "triggerConfigurations" in request:
        definition["triggerConfigurations"] = _parse_triggers(request["triggerConfigurations"])
    return definition


def _parse_role(role: str | None) -> str:
    if not role:
        raise errors.RoleRequiredException("Service role ARN is required")
    arn = find_arn(role)
    if arn is None or arn.service != "iam":
        raise errors.InvalidRoleException(f"Invalid service role ARN: {role}")
    return role


def parse_alarms(given: dict[str, Any]) -> dict[str, Any]:
    """The alarms that stop deployments. Raises InvalidAlarmConfigException and AlarmsLimitExceededException."""
    alarms = given.get("alarms") or []
    if len(alarms) > _MOST_ALARMS:
        raise errors.AlarmsLimitExceededException(
            f"The maximum number of alarms for a deployment group ({_MOST_ALARMS}) was exceeded."
        )
    names = [alarm.get("name") for alarm in alarms]
    if any(not name or len(name) > 255 for name in names) or len(set(names)) != len(names):
        raise errors.InvalidAlarmConfigException("The alarms must have names of at most 255 letters, and differ")
    if given.get("enabled") and not alarms:
        raise errors.InvalidAlarmConfigException("An alarm configuration that is enabled must have an alarm")
    return {
        "enabled": bool(given.get("enabled")),
        "ignorePollAlarmFailure": bool(given.get("ignorePollAlarmFailure")),
        "alarms": [{"name": name} for name in names],
    }


def parse_rollback(given: dict[str, Any]) -> dict[str, Any]:
    """When deployments are taken back. Raises InvalidAutoRollbackConfigException."""
    events = given.get("events") or []
    if unknown := [event for event in events if event not in _ROLLBACK_EVENTS]:
        raise errors.InvalidAutoRollbackConfigException(f"Invalid automatic rollback event: {unknown[0]}")
    if given.get("enabled") and not events:
        raise errors.InvalidAutoRollbackConfigException("An automatic rollback that is enabled must have an event")
    return {"enabled": bool(given.get("enabled")), "events": events}


def _parse_triggers(given: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if len(given) > _MOST_TRIGGERS:
        raise errors.TriggerTargetsLimitExceededException(f"A deployment group has at most {_MOST_TRIGGERS} triggers")
    for trigger in given:
        arn = find_arn(trigger.get("triggerTargetArn") or "")
        events = trigger.get("triggerEvents") or []
        if not trigger.get("triggerName") or arn is None or arn.service != "sns" or not events:
            raise errors.InvalidTriggerConfigException("A trigger must have a name, the ARN of an SNS topic and events")
        if unknown := [event for event in events if event not in _TRIGGER_EVENTS]:
            raise errors.InvalidTriggerConfigException(f"Invalid trigger event: {unknown[0]}")
    return given


def parse_tags(given: list[dict[str, str]] | None) -> dict[str, str]:
    """The tags of a request. Raises InvalidTagsToAddException."""
    tags: dict[str, str] = {}
    for tag in given or ():
        key, value = tag.get("Key"), tag.get("Value") or ""
        if not key or len(key) > 128 or len(value) > 256 or key.lower().startswith("aws:"):
            raise errors.InvalidTagsToAddException(f"Invalid tag: {key}")
        tags[key] = value
    if len(tags) > MOST_TAGS:
        raise errors.InvalidTagsToAddException(f"A resource has at most {MOST_TAGS} tags")
    return tags


def described(group: Group, last: Deployment | None, last_successful: Deployment | None) -> dict[str, Any]:
    """As GetDeploymentGroup shows it."""
    shown: dict[str, Any] = {
        "applicationName": group.application,
        "deploymentGroupId": group.id,
        "deploymentGroupName": group.name,
        "computePlatform": "Lambda",
        "autoScalingGroups": [],
        "ec2TagFilters": [],
        "onPremisesInstanceTagFilters": [],
        "triggerConfigurations": [],
        **group.definition,
    }
    if last is not None:
        shown["lastAttemptedDeployment"] = _last(last)
        shown["targetRevision"] = last.record.revision
    if last_successful is not None:
        shown["lastSuccessfulDeployment"] = _last(last_successful)
    return shown


def _last(deployment: Deployment) -> dict[str, Any]:
    shown = {
        "deploymentId": deployment.id,
        "status": deployment.status,
        "createTime": deployment.created_at,
        "endTime": deployment.record.completed_at or None,
    }
    return {name: value for name, value in shown.items() if value is not None}
