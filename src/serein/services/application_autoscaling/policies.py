"""Scaling policies: what requests may say of them, how they are shown, and the rule of target tracking."""

from itertools import pairwise
from typing import Any

from serein.kernel.arn import arn_of
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request
from serein.kernel.scope import Scope
from serein.services.application_autoscaling.errors import LimitExceededException, ValidationException
from serein.services.application_autoscaling.namespaces import DYNAMODB, READ, allows_steps
from serein.services.application_autoscaling.store import Definition, Part
from serein.services.application_autoscaling.targets import Address
from serein.services.application_autoscaling.tracking import HIGH, LOW, Rule

TRACKING, STEP, PREDICTIVE = "TargetTrackingScaling", "StepScaling", "PredictiveScaling"
MOST_POLICIES = 50
_MOST_STEPS = 20
_CONFIGURATIONS = {
    TRACKING: "TargetTrackingScalingPolicyConfiguration",
    STEP: "StepScalingPolicyConfiguration",
    PREDICTIVE: "PredictiveScalingPolicyConfiguration",
}
_LEAST_TARGET, _MOST_TARGET = 8.515920e-109, 1.174271e108
_READ_METRIC, _WRITE_METRIC = "DynamoDBReadCapacityUtilization", "DynamoDBWriteCapacityUtilization"
_LOAD_BALANCER_METRIC = "ALBRequestCountPerTarget"
_METRIC_NAMESPACES = {
    "DynamoDB": (DYNAMODB,),
    "ALB": ("ecs", "ec2"),
    "RDS": ("rds",),
    "EC2": ("ec2",),
    "SageMaker": ("sagemaker",),
    "ECS": ("ecs",),
    "AppStream": ("appstream",),
    "Comprehend": ("comprehend",),
    "Lambda": ("lambda",),
    "Cassandra": ("cassandra",),
    "Kafka": ("kafka",),
    "ElastiCache": ("elasticache",),
    "Neptune": ("neptune",),
    "WorkSpaces": ("workspaces",),
}


def parse_policy(request: Request, address: Address, known: Definition | None) -> tuple[str, dict[str, Any]]:
    """The type and the configuration of a policy. Raises ValidationException."""
    kind = request.get("PolicyType") or (known["PolicyType"] if known else None)
    if kind is None:
        raise ValidationException("Policy type must be specified when creating a scaling policy")
    _require_kind(kind, address)
    wanted = _CONFIGURATIONS[kind]
    for member in _CONFIGURATIONS.values():
        if member != wanted and member in request:
            raise ValidationException(f"{member} cannot be specified for policy type {kind}")
    configuration = request.get(wanted) or (known.get(wanted) if known else None)
    if configuration is None:
        raise ValidationException(f"{wanted} must be specified for policy type {kind}")
    if kind == TRACKING:
        _require_tracking(configuration, address)
    elif kind == STEP:
        _require_steps(configuration)
    elif len(configuration["MetricSpecifications"]) != 1:
        raise ValidationException("A predictive scaling policy has exactly one metric specification")
    return kind, configuration


def _require_kind(kind: str, address: Address) -> None:
    if (kind == STEP and not allows_steps(address.namespace)) or (kind == PREDICTIVE and address.namespace != "ecs"):
        raise ValidationException(f"Policy type {kind} is not supported for service namespace {address.namespace}")


def _require_tracking(configuration: dict[str, Any], address: Address) -> None:
    if not _LEAST_TARGET <= configuration["TargetValue"] <= _MOST_TARGET:
        raise ValidationException(f"Target value must be between {_LEAST_TARGET} and {_MOST_TARGET}")
    for name in ("ScaleOutCooldown", "ScaleInCooldown"):
        if configuration.get(name, 0) < 0:
            raise ValidationException(f"{name} cannot be negative")
    predefined, customized = (configuration.get(f"{kind}MetricSpecification") for kind in ("Predefined", "Customized"))
    if (predefined is None) == (customized is None):
        raise ValidationException(
            "Exactly one of predefined metric specification and customized metric specification must be specified"
        )
    if predefined is not None:
        _require_metric(predefined, address)
    elif customized is not None and ("Metrics" in customized) == ("MetricName" in customized):
        raise ValidationException("A customized metric specification has either a metric name or metrics")


def _require_metric(predefined: dict[str, Any], address: Address) -> None:
    metric = predefined["PredefinedMetricType"]
    namespaces = next((found for start, found in _METRIC_NAMESPACES.items() if metric.startswith(start)), ())
    fits = address.namespace in namespaces
    if fits and address.namespace == DYNAMODB:
        fits = metric == (_READ_METRIC if address.dimension.endswith(READ) else _WRITE_METRIC)
    if not fits:
        raise ValidationException(
            f"Predefined metric type {metric} is not supported for scalable dimension {address.dimension}"
        )
    if (metric == _LOAD_BALANCER_METRIC) != ("ResourceLabel" in predefined):
        raise ValidationException(f"Resource label is for predefined metric type {_LOAD_BALANCER_METRIC}, and needed")


def _require_steps(configuration: dict[str, Any]) -> None:
    steps = configuration.get("StepAdjustments") or []
    kind = configuration.get("AdjustmentType")
    if kind is None or not steps:
        raise ValidationException("Adjustment type and step adjustments must be specified for step scaling")
    if len(steps) > _MOST_STEPS:
        raise LimitExceededException(f"A step scaling policy cannot have more than {_MOST_STEPS} step adjustments")
    if configuration.get("Cooldown", 0) < 0:
        raise ValidationException("Cooldown cannot be negative")
    if "MinAdjustmentMagnitude" in configuration and kind != "PercentChangeInCapacity":
        raise ValidationException("Min adjustment magnitude is for adjustment type PercentChangeInCapacity only")
    ends = sorted(
        (step.get("MetricIntervalLowerBound", float("-inf")), step.get("MetricIntervalUpperBound", float("inf")))
        for step in steps
    )
    if any(low >= high for low, high in ends):
        raise ValidationException("The lower bound of a step adjustment must be less than its upper bound")
    if any(before[1] != after[0] for before, after in pairwise(ends)):
        raise ValidationException("Step adjustment intervals cannot overlap or have a gap between them")


def require_single_metric(name: str, configuration: dict[str, Any], others: dict[str, Definition]) -> None:
    """Check that no other policy tracks the same metric. Raises ValidationException."""
    metric = _metric_of(configuration)
    for other, definition in others.items():
        tracking = definition.get(_CONFIGURATIONS[TRACKING])
        if other != name and tracking is not None and _metric_of(tracking) == metric:
            raise ValidationException(
                "Only one TargetTrackingScaling policy for a given metric specification is allowed."
            )


def _metric_of(configuration: dict[str, Any]) -> tuple[Any, Any]:
    return configuration.get("PredefinedMetricSpecification"), configuration.get("CustomizedMetricSpecification")


def new_policy(scope: Scope, address: Address, name: str, now: float) -> Definition:
    """What all policies have, whatever their type."""
    resource = f"scalingPolicy:{new_uuid()}:resource/{address.namespace}/{address.resource_id}:policyName/{name}"
    return {"PolicyARN": arn_of("autoscaling", scope, resource), "CreationTime": now}


def changed_policy(
    known: Definition, kind: str, configuration: dict[str, Any], scope: Scope, address: Address
) -> Definition:
    """A policy with another configuration; its alarms are new when that is."""
    member = _CONFIGURATIONS[kind]
    if known.get(member) == configuration:
        return known
    kept = {name: value for name, value in known.items() if name not in _CONFIGURATIONS.values()}
    alarms = _alarms_of(kind, configuration, scope, address)
    return {**kept, "PolicyType": kind, member: configuration, "Alarms": alarms}


def _alarms_of(kind: str, configuration: dict[str, Any], scope: Scope, address: Address) -> list[dict[str, str]]:
    """The alarms that target tracking has, as they are named."""
    if kind != TRACKING:
        return []
    roles = [HIGH] if configuration.get("DisableScaleIn") else [HIGH, LOW]
    if address.namespace == DYNAMODB:
        roles += ["ProvisionedCapacityHigh", "ProvisionedCapacityLow"]
    names = [f"TargetTracking-{address.resource_id}-{role}-{new_uuid()}" for role in roles]
    return [{"AlarmName": name, "AlarmARN": arn_of("cloudwatch", scope, f"alarm:{name}")} for name in names]


def alarm_name(policy: Definition, role: str) -> str:
    """The name of a policy's AlarmHigh or AlarmLow."""
    return next((alarm["AlarmName"] for alarm in policy["Alarms"] if f"-{role}-" in alarm["AlarmName"]), role)


def describe_policy(part: Part) -> Reply:
    return {"PolicyName": part.name, **part.target.address.members, **part.definition}


def find_rule(policies: dict[str, Definition]) -> tuple[str, Rule] | None:
    """The name and the rule of the policy that tracks DynamoDB's own metric, or None."""
    for name, policy in policies.items():
        tracking = policy.get(_CONFIGURATIONS[TRACKING])
        if tracking is not None and "PredefinedMetricSpecification" in tracking:
            return name, Rule(
                tracking["TargetValue"],
                tracking.get("ScaleOutCooldown", 0),
                tracking.get("ScaleInCooldown", 0),
                scales_in=not tracking.get("DisableScaleIn", False),
            )
    return None
