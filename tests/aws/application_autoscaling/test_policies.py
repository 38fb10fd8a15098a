"""Scaling policies: making, showing and removing them."""

from typing import Any

import pytest

from tests.aws.application_autoscaling.conftest import READS, SERVICE, WRITES, make_table, refusal, target, tracking

BOUNDS = {"MinCapacity": 5, "MaxCapacity": 50}
STEPS = {
    "PolicyType": "StepScaling",
    "StepScalingPolicyConfiguration": {
        "AdjustmentType": "ChangeInCapacity",
        "StepAdjustments": [
            {"MetricIntervalLowerBound": 0.0, "MetricIntervalUpperBound": 10.0, "ScalingAdjustment": 1},
            {"MetricIntervalLowerBound": 10.0, "ScalingAdjustment": 2},
        ],
        "Cooldown": 60,
        "MetricAggregationType": "Average",
    },
}
FORECAST = {
    "PolicyType": "PredictiveScaling",
    "PredictiveScalingPolicyConfiguration": {
        "MetricSpecifications": [
            {
                "TargetValue": 40.0,
                "PredefinedMetricPairSpecification": {"PredefinedMetricType": "ECSServiceCPUUtilization"},
            }
        ],
        "Mode": "ForecastOnly",
    },
}


@pytest.fixture
def registered(scaling: Any, dynamodb: Any) -> Any:
    """A client of an account with a table that scales, and a service of ECS."""
    make_table(dynamodb)
    for dimension in (READS, WRITES):
        scaling.register_scalable_target(**target(dimension=dimension), **BOUNDS)
    scaling.register_scalable_target(**SERVICE, **BOUNDS)
    return scaling


def test_a_policy_is_put_shown_and_deleted(aws: Any, registered: Any) -> None:
    wanted = tracking(ScaleInCooldown=60, ScaleOutCooldown=30, DisableScaleIn=False)
    made = registered.put_scaling_policy(PolicyName="half", **target(), **wanted)
    start, _, rest = made["PolicyARN"].partition("scalingPolicy:")
    assert start == f"arn:aws:autoscaling:us-east-1:{aws.account}:"
    assert rest.partition(":")[2] == "resource/dynamodb/table/orders:policyName/half"
    names = [alarm["AlarmName"].rpartition("TargetTracking-table/orders-")[2] for alarm in made["Alarms"]]
    assert [name.partition("-")[0] for name in names] == [
        "AlarmHigh",
        "AlarmLow",
        "ProvisionedCapacityHigh",
        "ProvisionedCapacityLow",
    ]
    (found,) = registered.describe_scaling_policies(ServiceNamespace="dynamodb")["ScalingPolicies"]
    assert found.pop("CreationTime")
    assert found == {
        "PolicyARN": made["PolicyARN"],
        "PolicyName": "half",
        **target(),
        **wanted,
        "Alarms": made["Alarms"],
    }
    again = registered.put_scaling_policy(PolicyName="half", **target())
    assert (again["PolicyARN"], again["Alarms"]) == (made["PolicyARN"], made["Alarms"])
    changed = registered.put_scaling_policy(
        PolicyName="half", **target(), **tracking(percent=60.0, DisableScaleIn=True)
    )
    assert changed["PolicyARN"] == made["PolicyARN"]
    assert not any("AlarmLow" in alarm["AlarmName"] for alarm in changed["Alarms"])
    registered.delete_scaling_policy(PolicyName="half", **target())
    assert registered.describe_scaling_policies(ServiceNamespace="dynamodb")["ScalingPolicies"] == []
    assert refusal(registered.delete_scaling_policy, PolicyName="half", **target()) == (
        "ObjectNotFoundException",
        "No scaling policy found for service namespace: dynamodb, resource ID: table/orders, scalable dimension: "
        "dynamodb:table:ReadCapacityUnits, policy name: half",
    )


def test_policies_of_other_kinds_are_stored(registered: Any) -> None:
    registered.put_scaling_policy(PolicyName="steps", **SERVICE, **STEPS)
    registered.put_scaling_policy(PolicyName="forecast", **SERVICE, **FORECAST)
    specification = {"MetricName": "Queue", "Namespace": "App", "Statistic": "Average"}
    custom = {
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {
            "TargetValue": 7.0,
            "CustomizedMetricSpecification": specification,
        },
    }
    registered.put_scaling_policy(PolicyName="custom", **SERVICE, **custom)
    found = registered.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert [(one["PolicyName"], len(one["Alarms"])) for one in found] == [("custom", 2), ("forecast", 0), ("steps", 0)]
    assert found[2]["StepScalingPolicyConfiguration"] == STEPS["StepScalingPolicyConfiguration"]
    registered.put_scaling_policy(PolicyName="steps", **SERVICE, **FORECAST)
    (one,) = registered.describe_scaling_policies(ServiceNamespace="ecs", PolicyNames=["steps"])["ScalingPolicies"]
    assert one["PolicyType"] == "PredictiveScaling"
    assert "StepScalingPolicyConfiguration" not in one


def test_a_policy_needs_its_target(scaling: Any) -> None:
    assert refusal(scaling.put_scaling_policy, PolicyName="p", **target(), **tracking()) == (
        "ObjectNotFoundException",
        "No scalable target registered for service namespace: dynamodb, resource ID: table/orders, scalable "
        "dimension: dynamodb:table:ReadCapacityUnits",
    )


def test_a_metric_is_tracked_by_one_policy_only(registered: Any) -> None:
    registered.put_scaling_policy(PolicyName="one", **target(), **tracking())
    refused = refusal(registered.put_scaling_policy, PolicyName="two", **target(), **tracking(percent=60.0))
    assert refused == (
        "ValidationException",
        "Only one TargetTrackingScaling policy for a given metric specification is allowed.",
    )


def configured(kind: str = "TargetTrackingScaling", **members: Any) -> dict[str, Any]:
    return {"PolicyType": kind, f"{kind}PolicyConfiguration": members}


def stepped(*ends: tuple[float | None, float | None], **members: Any) -> dict[str, Any]:
    names = ("MetricIntervalLowerBound", "MetricIntervalUpperBound")
    steps = [
        {**{name: end for name, end in zip(names, pair, strict=True) if end is not None}, "ScalingAdjustment": 1}
        for pair in ends
    ]
    return configured("StepScaling", **{"AdjustmentType": "ChangeInCapacity", "StepAdjustments": steps, **members})


READ_METRIC = {"PredefinedMetricType": "DynamoDBReadCapacityUtilization"}


@pytest.mark.parametrize(
    ("where", "members"),
    [
        (target(), {}),
        (target(), {"PolicyType": "TargetTrackingScaling"}),
        (target(), STEPS),
        (target(), FORECAST),
        (target(), {**tracking(), **{name: STEPS[name] for name in STEPS if name != "PolicyType"}}),
        (target(), tracking(WRITES)),
        (target(), tracking(percent=0.0)),
        (target(), tracking(percent=1e200)),
        (target(), tracking(ScaleInCooldown=-1)),
        (target(), tracking(ScaleOutCooldown=-1)),
        (target(), configured(TargetValue=1.0)),
        (target(), configured(TargetValue=1.0, PredefinedMetricSpecification={**READ_METRIC, "ResourceLabel": "x"})),
        (target(), configured(TargetValue=1.0, CustomizedMetricSpecification={})),
        (
            target(),
            tracking(CustomizedMetricSpecification={"MetricName": "a", "Namespace": "b", "Statistic": "Sum"}),
        ),
        (SERVICE, tracking()),
        (
            SERVICE,
            configured(
                TargetValue=1.0, PredefinedMetricSpecification={"PredefinedMetricType": "ALBRequestCountPerTarget"}
            ),
        ),
        (SERVICE, stepped()),
        (SERVICE, stepped((1.0, 1.0))),
        (SERVICE, stepped((None, 1.0), (2.0, None))),
        (SERVICE, stepped((None, 2.0), (1.0, None))),
        (SERVICE, stepped((0.0, None), MinAdjustmentMagnitude=1)),
        (SERVICE, stepped((0.0, None), Cooldown=-1)),
        (SERVICE, configured("StepScaling", StepAdjustments=[{"ScalingAdjustment": 1}])),
        (SERVICE, configured("PredictiveScaling", MetricSpecifications=[])),
    ],
)
def test_wrong_policies_are_refused(registered: Any, where: dict[str, str], members: dict[str, Any]) -> None:
    assert refusal(registered.put_scaling_policy, PolicyName="p", **where, **members)[0] == "ValidationException"


def test_there_is_room_for_so_many_policies_and_steps(registered: Any) -> None:
    many = stepped(*((float(number), float(number + 1)) for number in range(21)))
    assert refusal(registered.put_scaling_policy, PolicyName="p", **SERVICE, **many)[0] == "LimitExceededException"
    for number in range(50):
        registered.put_scaling_policy(PolicyName=f"p-{number}", **SERVICE, **STEPS)
    refused = refusal(registered.put_scaling_policy, PolicyName="p", **SERVICE, **STEPS)
    assert refused[0] == "LimitExceededException"
    pages = registered.get_paginator("describe_scaling_policies").paginate(ServiceNamespace="ecs", MaxResults=20)
    assert [len(page["ScalingPolicies"]) for page in pages] == [20, 20, 10]


def test_policies_are_filtered(registered: Any) -> None:
    for dimension in (READS, WRITES):
        where = target(dimension=dimension)
        registered.put_scaling_policy(PolicyName=f"p-{dimension}", **where, **tracking(dimension))

    def shown(**wanted: Any) -> list[str]:
        found = registered.describe_scaling_policies(ServiceNamespace="dynamodb", **wanted)["ScalingPolicies"]
        return [one["PolicyName"] for one in found]

    assert shown() == [f"p-{READS}", f"p-{WRITES}"]
    assert shown(ResourceId="table/orders", ScalableDimension=WRITES) == [f"p-{WRITES}"]
    assert shown(PolicyNames=[f"p-{READS}", "nothing"]) == [f"p-{READS}"]
    assert shown(ResourceId="table/nothing") == []
    registered.deregister_scalable_target(**target())
    assert shown() == [f"p-{WRITES}"]


def test_there_are_no_forecasts(registered: Any) -> None:
    registered.put_scaling_policy(PolicyName="forecast", **SERVICE, **FORECAST)
    wanted = {"StartTime": 1_700_000_000, "EndTime": 1_700_100_000, **SERVICE}
    forecast = registered.get_predictive_scaling_forecast
    assert refusal(forecast, PolicyName="forecast", **wanted)[0] == "NotImplemented"
    assert refusal(forecast, PolicyName="nothing", **wanted)[0] == "ValidationException"
    backwards = {**wanted, "StartTime": wanted["EndTime"]}
    assert refusal(forecast, PolicyName="forecast", **backwards)[0] == "ValidationException"
