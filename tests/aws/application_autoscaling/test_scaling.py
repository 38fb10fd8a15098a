"""DynamoDB's tables and indexes are scaled: into the bounds of their targets, and by target tracking."""

from typing import Any

import pytest

from tests.aws.application_autoscaling.conftest import (
    INDEX_WRITES,
    READS,
    WRITES,
    make_table,
    target,
    tracking,
    units,
)

BIG = {"pk": {"S": "big"}, "g": {"S": "g"}, "body": {"S": "x" * 404_000}}
"""Reading it costs 99 units, writing it 395."""


def activities(client: Any, **wanted: Any) -> list[dict[str, Any]]:
    """What was done, the latest last."""
    found = client.describe_scaling_activities(ServiceNamespace="dynamodb", **wanted)["ScalingActivities"]
    return [dict(one) for one in reversed(found)]


def to_whole_minute(aws: Any) -> None:
    aws.advance(60 - aws.advance(0) % 60)


def read_big(client: Any) -> None:
    client.get_item(TableName="orders", Key={"pk": BIG["pk"]}, ConsistentRead=True)


@pytest.mark.parametrize(
    ("bounds", "capacity", "which"),
    [((8, 20), 8, "minimum"), ((1, 3), 3, "maximum"), ((4, 6), 5, "")],
)
def test_capacity_is_brought_into_the_bounds(
    aws: Any, scaling: Any, dynamodb: Any, bounds: tuple[int, int], capacity: int, which: str
) -> None:
    make_table(dynamodb)
    scaling.register_scalable_target(**target(), MinCapacity=bounds[0], MaxCapacity=bounds[1])
    aws.advance(60)
    assert units(dynamodb) == (capacity, 5)
    found = activities(scaling)
    if not which:
        assert found == []
        return
    (done,) = found
    assert done.pop("ActivityId")
    assert done.pop("StartTime") == done.pop("EndTime")
    assert done == {
        **target(),
        "Description": f"Setting read capacity units to {capacity}.",
        "Cause": f"{which} capacity was set to {capacity}",
        "StatusCode": "Successful",
        "StatusMessage": f"Successfully set read capacity units to {capacity}. Change successfully fulfilled by "
        "dynamodb.",
    }


def test_reads_and_writes_of_table_and_index_scale_apart(aws: Any, scaling: Any, dynamodb: Any) -> None:
    make_table(dynamodb)
    places = (("table/orders", READS), ("table/orders", WRITES), ("table/orders/index/by-g", INDEX_WRITES))
    for least, (resource_id, dimension) in enumerate(places, 7):
        scaling.register_scalable_target(**target(resource_id, dimension), MinCapacity=least, MaxCapacity=50)
    aws.advance(60)
    table = dynamodb.describe_table(TableName="orders")["Table"]
    of_index = table["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]
    assert units(dynamodb) == (7, 8)
    assert (of_index["ReadCapacityUnits"], of_index["WriteCapacityUnits"]) == (5, 9)


def test_a_suspended_target_is_left_alone(aws: Any, scaling: Any, dynamodb: Any) -> None:
    make_table(dynamodb)
    out, inward = {"DynamicScalingOutSuspended": True}, {"DynamicScalingInSuspended": True}
    scaling.register_scalable_target(**target(), MinCapacity=8, MaxCapacity=9, SuspendedState=out)
    writes = target(dimension=WRITES)
    scaling.register_scalable_target(**writes, MinCapacity=1, MaxCapacity=2, SuspendedState=inward)
    aws.advance(120)
    assert units(dynamodb) == (5, 5)
    scaling.register_scalable_target(**target(), SuspendedState={"DynamicScalingOutSuspended": False})
    aws.advance(60)
    assert units(dynamodb) == (8, 5)


def test_reads_above_the_target_for_two_minutes_scale_out_and_fifteen_quiet_ones_in(
    aws: Any, scaling: Any, dynamodb: Any
) -> None:
    make_table(dynamodb, reads=1)
    dynamodb.put_item(TableName="orders", Item=BIG)
    scaling.register_scalable_target(**target(), MinCapacity=1, MaxCapacity=40)
    to_whole_minute(aws)
    policy = scaling.put_scaling_policy(PolicyName="half", **target(), **tracking())
    read_big(dynamodb)
    aws.advance(60)
    assert units(dynamodb)[0] == 1
    read_big(dynamodb)
    aws.advance(60)
    assert units(dynamodb)[0] == 4
    (done,) = activities(scaling)
    high = policy["Alarms"][0]["AlarmName"]
    assert done["Description"] == "Setting read capacity units to 4."
    assert done["Cause"] == f"monitor alarm {high} in state ALARM triggered policy half"
    aws.advance(14 * 60)
    assert units(dynamodb)[0] == 4
    aws.advance(60)
    assert units(dynamodb)[0] == 1
    low = policy["Alarms"][1]["AlarmName"]
    assert activities(scaling)[-1]["Cause"] == f"monitor alarm {low} in state ALARM triggered policy half"
    aws.advance(600)
    shown = activities(scaling)
    assert len(shown) == 2
    everything = activities(scaling, IncludeNotScaledActivities=True)
    (missed,) = [one for one in everything if one not in shown]
    assert missed["Description"] == "Attempting to scale due to alarm triggered"
    assert missed["StatusCode"] == "Failed"
    assert missed["NotScaledReasons"] == [{"Code": "AlreadyAtMinCapacity", "MinCapacity": 1}]


def test_writes_of_an_index_are_tracked(aws: Any, scaling: Any, dynamodb: Any) -> None:
    make_table(dynamodb, writes=1)
    place = target("table/orders/index/by-g", INDEX_WRITES)
    scaling.register_scalable_target(**place, MinCapacity=1, MaxCapacity=10)
    to_whole_minute(aws)
    scaling.put_scaling_policy(PolicyName="half", **place, **tracking(INDEX_WRITES))
    for number in range(2):
        dynamodb.put_item(TableName="orders", Item={**BIG, "pk": {"S": f"{number}"}})
        aws.advance(60)
    table = dynamodb.describe_table(TableName="orders")["Table"]
    assert table["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["WriteCapacityUnits"] == 10
    assert units(dynamodb) == (5, 1)


def test_the_maximum_and_a_policy_without_scaling_in_hold(aws: Any, scaling: Any, dynamodb: Any) -> None:
    make_table(dynamodb, reads=1)
    dynamodb.put_item(TableName="orders", Item=BIG)
    scaling.register_scalable_target(**target(), MinCapacity=1, MaxCapacity=2)
    to_whole_minute(aws)
    scaling.put_scaling_policy(PolicyName="half", **target(), **tracking(DisableScaleIn=True))
    for _ in range(3):
        read_big(dynamodb)
        aws.advance(60)
    assert units(dynamodb)[0] == 2
    missed = activities(scaling, IncludeNotScaledActivities=True)[-1]
    assert missed["NotScaledReasons"] == [{"Code": "AlreadyAtMaxCapacity", "MaxCapacity": 2}]
    aws.advance(20 * 60)
    assert units(dynamodb)[0] == 2


def test_cooldowns_of_scaling_in_are_kept(aws: Any, scaling: Any, dynamodb: Any) -> None:
    make_table(dynamodb, reads=40)
    scaling.register_scalable_target(**target(), MinCapacity=1, MaxCapacity=40)
    to_whole_minute(aws)
    scaling.put_scaling_policy(PolicyName="half", **target(), **tracking(ScaleInCooldown=3600))
    aws.advance(15 * 60)
    assert units(dynamodb)[0] == 1
    both = {"ReadCapacityUnits": 20, "WriteCapacityUnits": 5}
    dynamodb.update_table(TableName="orders", ProvisionedThroughput=both)
    aws.advance(59 * 60)
    assert units(dynamodb)[0] == 20
    aws.advance(60)
    assert units(dynamodb)[0] == 1


def test_a_refused_change_is_told_once_and_tried_again(aws: Any, scaling: Any, dynamodb: Any) -> None:
    make_table(dynamodb, reads=9)
    # Why away from midnight: DynamoDB allows so many decreases in a day (UTC).
    aws.advance((86_400 - aws.advance(0) % 86_400) + 3600)
    for reads in (8, 7, 6, 5):
        both = {"ReadCapacityUnits": reads, "WriteCapacityUnits": 5}
        dynamodb.update_table(TableName="orders", ProvisionedThroughput=both)
    scaling.register_scalable_target(**target(), MinCapacity=1, MaxCapacity=3)
    aws.advance(300)
    assert units(dynamodb)[0] == 5
    (failed,) = activities(scaling)
    assert failed["StatusCode"] == "Failed"
    assert failed["StatusMessage"].startswith("Failed to set read capacity units to 3. Reason: Subscriber limit")
    aws.advance(3600)
    assert units(dynamodb)[0] == 3
    assert [one["StatusCode"] for one in activities(scaling)] == ["Failed", "Successful"]


def test_a_target_whose_table_is_gone_waits_for_another(aws: Any, scaling: Any, dynamodb: Any) -> None:
    make_table(dynamodb)
    scaling.register_scalable_target(**target(), MinCapacity=7, MaxCapacity=9)
    scaling.put_scaling_policy(PolicyName="half", **target(), **tracking())
    dynamodb.delete_table(TableName="orders")
    aws.advance(180)
    assert activities(scaling) == []
    make_table(dynamodb)
    aws.advance(60)
    assert units(dynamodb) == (7, 5)


def test_activities_are_filtered_come_in_pages_and_last_six_weeks(aws: Any, scaling: Any, dynamodb: Any) -> None:
    make_table(dynamodb)
    for dimension in (READS, WRITES):
        scaling.register_scalable_target(**target(dimension=dimension), MinCapacity=7, MaxCapacity=9)
    aws.advance(60)
    scaling.register_scalable_target(**target(), MinCapacity=8, MaxCapacity=9)
    aws.advance(60)
    assert len(activities(scaling, ResourceId="table/orders")) == 3
    assert len(activities(scaling, ResourceId="table/orders", ScalableDimension=READS)) == 2
    assert activities(scaling, ResourceId="table/nothing") == []
    pages = scaling.get_paginator("describe_scaling_activities").paginate(ServiceNamespace="dynamodb", MaxResults=2)
    found = [[one["Description"] for one in page["ScalingActivities"]] for page in pages]
    assert [len(page) for page in found] == [2, 1]
    assert found[0][0] == "Setting read capacity units to 8."
    scaling.deregister_scalable_target(**target())
    assert len(activities(scaling)) == 3
    aws.advance(43 * 86_400)
    assert activities(scaling) == []


def test_a_quiet_table_scales_as_soon_as_it_is_used_again(aws: Any, scaling: Any, dynamodb: Any) -> None:
    make_table(dynamodb, reads=1)
    dynamodb.put_item(TableName="orders", Item=BIG)
    scaling.register_scalable_target(**target(), MinCapacity=1, MaxCapacity=40)
    scaling.put_scaling_policy(PolicyName="half", **target(), **tracking())
    to_whole_minute(aws)
    aws.advance(30 * 86_400)
    assert activities(scaling) == []
    for _ in range(2):
        read_big(dynamodb)
        aws.advance(60)
    assert units(dynamodb)[0] == 4


def test_a_quiet_table_that_is_given_more_scales_in(aws: Any, scaling: Any, dynamodb: Any) -> None:
    make_table(dynamodb, reads=1)
    scaling.register_scalable_target(**target(), MinCapacity=1, MaxCapacity=40)
    scaling.put_scaling_policy(PolicyName="half", **target(), **tracking())
    aws.advance(86_400)
    both = {"ReadCapacityUnits": 20, "WriteCapacityUnits": 5}
    dynamodb.update_table(TableName="orders", ProvisionedThroughput=both)
    aws.advance(60)
    assert units(dynamodb)[0] == 1
