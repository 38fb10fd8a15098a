"""Scalable targets: registering, showing and removing them, and their tags."""

from typing import Any

import pytest

from tests.aws.application_autoscaling.conftest import READS, SERVICE, WRITES, make_table, refusal, target

BOUNDS = {"MinCapacity": 5, "MaxCapacity": 50}
MISSING = "service namespace: dynamodb, resource ID: table/orders, scalable dimension: dynamodb:table:ReadCapacityUnits"


def shown(client: Any, **wanted: Any) -> list[tuple[str, str]]:
    found = client.describe_scalable_targets(**{"ServiceNamespace": "dynamodb", **wanted})["ScalableTargets"]
    return [(one["ResourceId"], one["ScalableDimension"].rpartition(":")[2]) for one in found]


def test_a_target_is_registered_shown_and_removed(aws: Any, scaling: Any, dynamodb: Any) -> None:
    make_table(dynamodb)
    arn = scaling.register_scalable_target(**target(), **BOUNDS)["ScalableTargetARN"]
    assert arn.startswith(f"arn:aws:application-autoscaling:us-east-1:{aws.account}:scalable-target/")
    (found,) = scaling.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"]
    assert found.pop("CreationTime")
    role = "dynamodb.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_DynamoDBTable"
    assert found == {
        **target(),
        **BOUNDS,
        "ScalableTargetARN": arn,
        "RoleARN": f"arn:aws:iam::{aws.account}:role/aws-service-role/{role}",
        "SuspendedState": {
            "DynamicScalingInSuspended": False,
            "DynamicScalingOutSuspended": False,
            "ScheduledScalingSuspended": False,
        },
    }
    scaling.deregister_scalable_target(**target())
    assert shown(scaling) == []
    assert refusal(scaling.deregister_scalable_target, **target()) == (
        "ObjectNotFoundException",
        f"No scalable target found for {MISSING}",
    )


def test_registering_again_changes_what_is_given(scaling: Any, dynamodb: Any) -> None:
    make_table(dynamodb)
    first = scaling.register_scalable_target(**target(), **BOUNDS, SuspendedState={"DynamicScalingInSuspended": True})
    suspended = {"ScheduledScalingSuspended": True}
    again = scaling.register_scalable_target(**target(), MaxCapacity=70, SuspendedState=suspended)
    assert again["ScalableTargetARN"] == first["ScalableTargetARN"]
    (found,) = scaling.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"]
    assert (found["MinCapacity"], found["MaxCapacity"]) == (5, 70)
    assert [name for name, is_so in found["SuspendedState"].items() if is_so] == [
        "DynamicScalingInSuspended",
        "ScheduledScalingSuspended",
    ]
    refused = refusal(scaling.register_scalable_target, **target(), MaxCapacity=4)
    assert refused == ("ValidationException", "Maximum capacity cannot be less than minimum capacity")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {**target("table/nothing"), **BOUNDS},
            "DynamoDB table does not exist: table/nothing",
        ),
        (
            {**target("table/orders/index/nothing", "dynamodb:index:ReadCapacityUnits"), **BOUNDS},
            "DynamoDB index does not exist: table/orders/index/nothing",
        ),
        ({**target("orders"), **BOUNDS}, "Unsupported service namespace, resource type or scalable dimension"),
        (
            {**target("table/orders", "dynamodb:index:ReadCapacityUnits"), **BOUNDS},
            "Unsupported service namespace, resource type or scalable dimension",
        ),
        (
            {**target("table/orders", "ecs:service:DesiredCount"), **BOUNDS},
            "Unsupported service namespace, resource type or scalable dimension",
        ),
        (
            {**target(), "MinCapacity": 1},
            "Minimum capacity and maximum capacity must be specified for a new scalable target",
        ),
        ({**target(), "MinCapacity": 0, "MaxCapacity": 1}, "Minimum capacity cannot be less than 1"),
        ({**SERVICE, "MinCapacity": -1, "MaxCapacity": 1}, "Minimum capacity cannot be less than 0"),
        ({**target(), **BOUNDS, "Tags": {"aws:x": "y"}}, "Tag keys cannot start with the reserved prefix aws:"),
    ],
)
def test_wrong_targets_are_refused(scaling: Any, dynamodb: Any, members: dict[str, Any], message: str) -> None:
    make_table(dynamodb)
    assert refusal(scaling.register_scalable_target, **members) == ("ValidationException", message)


def test_what_the_model_does_not_allow_is_refused(scaling: Any) -> None:
    for operation, members in (
        (scaling.register_scalable_target, {**SERVICE, "ServiceNamespace": "nothing", **BOUNDS}),
        (scaling.register_scalable_target, {**SERVICE, "ScalableDimension": "a:b:c", **BOUNDS}),
        (scaling.register_scalable_target, {"ServiceNamespace": "ecs"}),
        (scaling.describe_scalable_targets, {}),
        (scaling.list_tags_for_resource, {"ResourceARN": "nothing"}),
    ):
        code, message = refusal(operation, **members)
        assert (code, "validation error" in message) == ("ValidationException", True)


def test_targets_of_other_services_are_stored_with_their_roles(aws: Any, scaling: Any) -> None:
    scaling.register_scalable_target(**SERVICE, MinCapacity=0, MaxCapacity=3, RoleARN="arn:aws:iam::1:role/mine")
    (found,) = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    assert found["RoleARN"].endswith("/AWSServiceRoleForApplicationAutoScaling_ECSService")
    group = {
        "ServiceNamespace": "elasticmapreduce",
        "ResourceId": "instancegroup/j-1/ig-1",
        "ScalableDimension": "elasticmapreduce:instancegroup:InstanceCount",
        "MinCapacity": 0,
        "MaxCapacity": 3,
    }
    assert refusal(scaling.register_scalable_target, **group)[0] == "ValidationException"
    scaling.register_scalable_target(**group, RoleARN="arn:aws:iam::1:role/mine")
    (found,) = scaling.describe_scalable_targets(ServiceNamespace="elasticmapreduce")["ScalableTargets"]
    assert found["RoleARN"] == "arn:aws:iam::1:role/mine"
    assert shown(scaling) == []


def test_targets_are_filtered_and_come_in_pages(scaling: Any, dynamodb: Any) -> None:
    for name in ("aaa", "bbb"):
        make_table(dynamodb, name)
        for dimension in (WRITES, READS):
            scaling.register_scalable_target(**target(f"table/{name}", dimension), **BOUNDS)
    everything = [(f"table/{name}", f"{kind}CapacityUnits") for name in ("aaa", "bbb") for kind in ("Read", "Write")]
    assert shown(scaling) == everything
    assert shown(scaling, ResourceIds=["table/bbb", "table/ccc"]) == everything[2:]
    assert shown(scaling, ResourceIds=["table/bbb"], ScalableDimension=WRITES) == everything[3:]
    pages = scaling.get_paginator("describe_scalable_targets").paginate(ServiceNamespace="dynamodb", MaxResults=3)
    sizes = [len(page["ScalableTargets"]) for page in pages]
    assert sizes == [3, 1]
    describe = scaling.describe_scalable_targets
    assert refusal(describe, ServiceNamespace="dynamodb", ScalableDimension=READS)[0] == "ValidationException"
    assert refusal(describe, ServiceNamespace="dynamodb", MaxResults=51)[0] == "ValidationException"
    assert refusal(describe, ServiceNamespace="dynamodb", MaxResults=0)[0] == "ValidationException"
    for token in ("nothing", "WzFd", "e30="):
        code, _ = refusal(describe, ServiceNamespace="dynamodb", NextToken=token)
        assert code == "InvalidNextTokenException"


def test_targets_have_tags(aws: Any, scaling: Any) -> None:
    tags = {"team": "a", "stage": "b"}
    arn = scaling.register_scalable_target(**SERVICE, **BOUNDS, Tags=tags)["ScalableTargetARN"]
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == tags
    scaling.tag_resource(ResourceARN=arn, Tags={"team": "c", "more": ""})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["stage", "nothing"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"team": "c", "more": ""}
    many = {f"key-{number}": "" for number in range(49)}
    assert refusal(scaling.tag_resource, ResourceARN=arn, Tags=many)[0] == "TooManyTagsException"
    assert refusal(scaling.tag_resource, ResourceARN=arn, Tags={"AWS:x": ""})[0] == "ValidationException"
    gone = arn[:-4] + "0000"
    for refused in (
        refusal(scaling.tag_resource, ResourceARN=gone, Tags={"a": "b"}),
        refusal(scaling.untag_resource, ResourceARN=gone, TagKeys=["a"]),
        refusal(scaling.list_tags_for_resource, ResourceARN=gone),
    ):
        assert refused[0] == "ResourceNotFoundException"
    elsewhere = aws.client("application-autoscaling", region_name="eu-west-1")
    assert refusal(elsewhere.list_tags_for_resource, ResourceARN=arn)[0] == "ResourceNotFoundException"
