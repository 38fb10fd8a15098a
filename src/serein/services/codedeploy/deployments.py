"""Deployments: their record, and how they are shown."""

from dataclasses import asdict, dataclass, field
from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.ids import random_upper
from serein.kernel.scope import Scope
from serein.services.codedeploy.revisions import AFTER, BEFORE, AppSpec, Revision

ALLOW = "AllowTraffic"
EVENTS = (BEFORE, ALLOW, AFTER)
CREATED, IN_PROGRESS, SUCCEEDED, FAILED, STOPPED = "Created", "InProgress", "Succeeded", "Failed", "Stopped"
ENDED = frozenset({SUCCEEDED, FAILED, STOPPED})
STATUSES = frozenset({CREATED, "Queued", IN_PROGRESS, "Baking", SUCCEEDED, FAILED, STOPPED, "Ready"})
BY_STACK, BY_ROLLBACK = "CloudFormation", "codeDeployRollback"
"""Who makes deployments, besides users."""
HOOK_SECONDS = 3600.0
"""AWS: https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html"""


@dataclass(slots=True)
class Event:
    """A lifecycle event of a deployment."""

    status: str = "Pending"
    started_at: float = 0.0
    ended_at: float = 0.0
    message: str = ""
    execution_id: str = ""
    """What a hook function says whose result it reports by."""
    result: str = ""
    """What the hook function has reported."""


@dataclass(slots=True)
class Record:
    """What a deployment is and how far it is."""

    config_name: str
    steps: list[list[float]]
    revision: Revision
    spec: list[str]
    creator: str = "user"
    description: str = ""
    rollback: dict[str, Any] = field(default_factory=dict)
    """The automatic rollback's configuration that holds."""
    alarms: dict[str, Any] = field(default_factory=dict)
    overridden_alarms: dict[str, Any] | None = None
    triggers: list[dict[str, Any]] = field(default_factory=list)
    previous_revision: Revision | None = None
    events: dict[str, dict[str, Any]] = field(default_factory=lambda: {name: asdict(Event()) for name in EVENTS})
    started_at: float = 0.0
    completed_at: float = 0.0
    updated_at: float = 0.0
    traffic_at: float = 0.0
    """When traffic began to move."""
    weight: float = 0.0
    """How much of the traffic, in percent, goes to the target version."""
    error_code: str = ""
    error_message: str = ""
    rollback_info: dict[str, str] = field(default_factory=dict)
    stop_wanted: bool = False
    rolls_back_when_stopped: bool | None = None

    @property
    def app_spec(self) -> AppSpec:
        return AppSpec(*self.spec)


@dataclass(slots=True)
class Deployment:
    """A deployment's row."""

    id: str
    scope: Scope
    application: str
    group: str
    status: str
    created_at: float
    record: Record
    token: str = ""

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED

    @property
    def watched_alarms(self) -> list[str]:
        """The names of the alarms that stop it."""
        alarms = self.record.alarms
        return [alarm["name"] for alarm in alarms.get("alarms") or ()] if alarms.get("enabled") else []

    def event(self, name: str) -> Event:
        return Event(**self.record.events[name])

    def put_event(self, name: str, event: Event) -> None:
        self.record.events[name] = asdict(event)


def new_deployment_id() -> str:
    return f"d-{random_upper(9)}"


def rolls_back(deployment: Deployment, event: str) -> bool:
    """Whether a deployment is to be taken back when something happens (`DEPLOYMENT_FAILURE`, …)."""
    rollback, record = deployment.record.rollback, deployment.record
    if record.creator == BY_ROLLBACK:
        return False
    if event == "DEPLOYMENT_STOP_ON_REQUEST" and record.rolls_back_when_stopped is not None:
        return record.rolls_back_when_stopped
    return bool(rollback.get("enabled")) and event in (rollback.get("events") or ())


def described(deployment: Deployment) -> dict[str, Any]:
    """As GetDeployment shows it."""
    record = deployment.record
    shown: dict[str, Any] = {
        "applicationName": deployment.application,
        "deploymentGroupName": deployment.group,
        "deploymentConfigName": record.config_name,
        "deploymentId": deployment.id,
        "previousRevision": record.previous_revision,
        "revision": record.revision,
        "status": deployment.status,
        "createTime": deployment.created_at,
        "startTime": record.started_at or None,
        "completeTime": record.completed_at or None,
        "description": record.description or None,
        "creator": record.creator,
        "ignoreApplicationStopFailures": False,
        "autoRollbackConfiguration": record.rollback or None,
        "updateOutdatedInstancesOnly": False,
        "rollbackInfo": record.rollback_info or None,
        "deploymentStyle": {"deploymentType": "BLUE_GREEN", "deploymentOption": "WITH_TRAFFIC_CONTROL"},
        "instanceTerminationWaitTimeStarted": False,
        "fileExistsBehavior": "DISALLOW",
        "deploymentStatusMessages": [],
        "computePlatform": "Lambda",
        "overrideAlarmConfiguration": record.overridden_alarms,
        "deploymentOverview": overview(deployment),
    }
    if record.error_code:
        shown["errorInformation"] = {"code": record.error_code, "message": record.error_message}
    return {name: value for name, value in shown.items() if value is not None}


def overview(deployment: Deployment) -> dict[str, int]:
    """How many targets, of one, are in which state."""
    counts = dict.fromkeys(("Pending", "InProgress", "Succeeded", "Failed", "Skipped", "Ready"), 0)
    counts[target_status(deployment)] += 1
    return counts


def target_status(deployment: Deployment) -> str:
    if deployment.status == CREATED:
        return "Pending"
    return FAILED if deployment.status == STOPPED else deployment.status


def target_id(deployment: Deployment) -> str:
    """AWS: the target's id is the function's name."""
    return deployment.record.app_spec.function


def described_target(deployment: Deployment) -> dict[str, Any]:
    """As GetDeploymentTarget shows it."""
    record, spec, scope = deployment.record, deployment.record.app_spec, deployment.scope
    arn = spec.function
    if find_arn(arn) is None:
        arn = f"arn:{scope.partition}:lambda:{scope.region}:{scope.account}:function:{spec.function}"
    return {
        "deploymentTargetType": "LambdaTarget",
        "lambdaTarget": {
            "deploymentId": deployment.id,
            "targetId": target_id(deployment),
            "targetArn": arn,
            "status": target_status(deployment),
            "lastUpdatedAt": record.updated_at or deployment.created_at,
            "lifecycleEvents": [_described_event(name, deployment.event(name)) for name in EVENTS],
            "lambdaFunctionInfo": {
                "functionName": spec.function,
                "functionAlias": spec.alias,
                "currentVersion": spec.current,
                "targetVersion": spec.target,
                "targetVersionWeight": record.weight,
            },
        },
    }


def _described_event(name: str, event: Event) -> dict[str, Any]:
    shown: dict[str, Any] = {"lifecycleEventName": name, "status": event.status}
    if event.started_at:
        shown["startTime"] = event.started_at
    if event.ended_at:
        shown["endTime"] = event.ended_at
    if event.message:
        shown["diagnostics"] = {"errorCode": "ScriptFailed", "message": event.message}
    return shown
