"""Scalable targets and scaling policies in templates."""

import json
from typing import Any

from tests.aws.application_autoscaling.conftest import READS, make_table, target, tracking, units

TARGET, POLICY = "AWS::ApplicationAutoScaling::ScalableTarget", "AWS::ApplicationAutoScaling::ScalingPolicy"
NIGHT = {
    "ScheduledActionName": "night",
    "Schedule": "cron(0 22 * * ? *)",
    "Timezone": "Europe/Berlin",
    "StartTime": "2100-01-01T00:00:00Z",
    "ScalableTargetAction": {"MaxCapacity": "5"},
}
WANTED: dict[str, Any] = {
    **target(),
    "MinCapacity": "5",
    "MaxCapacity": 50,
    "ScheduledActions": [NIGHT],
    "SuspendedState": {"DynamicScalingInSuspended": "true"},
}
FOLLOW = {
    "PolicyName": "half",
    "ScalingTargetId": {"Ref": "Target"},
    **tracking(),
}


class Stack:
    """A stack with a target and its policy."""

    def __init__(self, aws: Any) -> None:
        self._aws = aws
        self._client = aws.client("cloudformation")
        self._exists = False

    def put(self, wanted: dict[str, Any], policy: dict[str, Any] | None = None) -> tuple[str, dict[str, str]]:
        """Make or change it; return its status and its outputs."""
        resources = {"Target": {"Type": TARGET, "Properties": wanted}}
        outputs = {"Ref": {"Value": {"Ref": "Target"}}, "Id": {"Value": {"Fn::GetAtt": ["Target", "Id"]}}}
        if policy is not None:
            resources["Policy"] = {"Type": POLICY, "Properties": policy}
            outputs["Policy"] = {"Value": {"Ref": "Policy"}}
            outputs["Arn"] = {"Value": {"Fn::GetAtt": ["Policy", "Arn"]}}
        body = json.dumps({"Resources": resources, "Outputs": outputs})
        submit = self._client.update_stack if self._exists else self._client.create_stack
        submit(StackName="scaled", TemplateBody=body)
        self._exists = True
        self._aws.idle()
        (found,) = self._client.describe_stacks(StackName="scaled")["Stacks"]
        return found["StackStatus"], {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}

    def reasons(self) -> list[str]:
        events = self._client.describe_stack_events(StackName="scaled")["StackEvents"]
        return [event.get("ResourceStatusReason", "") for event in events]

    def delete(self) -> None:
        self._client.delete_stack(StackName="scaled")
        self._aws.idle()


def test_a_target_is_deployed_changed_and_removed(aws: Any, scaling: Any, dynamodb: Any) -> None:
    make_table(dynamodb)
    stack = Stack(aws)
    status, outputs = stack.put(WANTED, FOLLOW)
    assert status == "CREATE_COMPLETE", stack.reasons()
    assert outputs["Ref"] == outputs["Id"] == f"table/orders|{READS}|dynamodb"
    (found,) = scaling.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"]
    assert (found["MinCapacity"], found["MaxCapacity"]) == (5, 50)
    assert found["SuspendedState"]["DynamicScalingInSuspended"] is True
    (policy,) = scaling.describe_scaling_policies(ServiceNamespace="dynamodb")["ScalingPolicies"]
    assert outputs["Policy"] == outputs["Arn"] == policy["PolicyARN"]
    (action,) = scaling.describe_scheduled_actions(ServiceNamespace="dynamodb")["ScheduledActions"]
    assert (action["ScalableTargetAction"], action["StartTime"].timestamp()) == ({"MaxCapacity": 5}, 4_102_444_800)
    morning = {"ScheduledActionName": "morning", "Schedule": "rate(1 day)", "ScalableTargetAction": {"MinCapacity": 9}}
    night = {name: value for name, value in NIGHT.items() if name != "Timezone"}
    changed = {name: value for name, value in WANTED.items() if name != "SuspendedState"}
    status, again = stack.put(
        {**changed, "MinCapacity": 7, "ScheduledActions": [morning, night]}, {**FOLLOW, **tracking(percent=60.0)}
    )
    assert (status, again) == ("UPDATE_COMPLETE", outputs)
    aws.advance(60)
    assert units(dynamodb) == (7, 5)
    (found,) = scaling.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"]
    assert found["SuspendedState"]["DynamicScalingInSuspended"] is False
    actions = scaling.describe_scheduled_actions(ServiceNamespace="dynamodb")["ScheduledActions"]
    assert [(one["ScheduledActionName"], "Timezone" in one) for one in actions] == [
        ("morning", False),
        ("night", False),
    ]
    (policy,) = scaling.describe_scaling_policies(ServiceNamespace="dynamodb")["ScalingPolicies"]
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 60.0
    stack.delete()
    assert scaling.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"] == []


def test_a_policy_may_name_its_target_by_members(aws: Any, scaling: Any, dynamodb: Any) -> None:
    make_table(dynamodb)
    scaling.register_scalable_target(**target(), MinCapacity=1, MaxCapacity=9)
    stack = Stack(aws)
    named = {name: value for name, value in FOLLOW.items() if name != "ScalingTargetId"}
    other = {**WANTED, **target(dimension="dynamodb:table:WriteCapacityUnits")}
    status, _ = stack.put(other, {**named, **target()})
    assert status == "CREATE_COMPLETE", stack.reasons()
    assert len(scaling.describe_scaling_policies(ServiceNamespace="dynamodb")["ScalingPolicies"]) == 1


def test_wrong_templates_fail_with_the_reason(aws: Any, scaling: Any, dynamodb: Any) -> None:
    make_table(dynamodb)
    named = {name: value for name, value in FOLLOW.items() if name != "ScalingTargetId"}
    for policy, reason in (
        (named, "Either ScalingTargetId or all three of"),
        ({**FOLLOW, "ScalingTargetId": "nothing"}, "nothing is not the id of a scalable target"),
    ):
        stack = Stack(aws)
        status, _ = stack.put(WANTED, policy)
        assert status == "ROLLBACK_COMPLETE"
        assert any(reason in found for found in stack.reasons())
        stack.delete()
    scaling.register_scalable_target(**target(), MinCapacity=1, MaxCapacity=9)
    stack = Stack(aws)
    assert stack.put(WANTED)[0] == "ROLLBACK_COMPLETE"
    assert any(f"table/orders|{READS}|dynamodb already exists" in found for found in stack.reasons())
    assert len(scaling.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"]) == 1
