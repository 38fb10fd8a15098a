"""Scaling where tables take their time to change, and across a crash."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from postgres import postgres_server
from serein.testing import ServerProcess
from tests.aws.application_autoscaling.conftest import READS, WRITES, make_table, target, tracking, units
from tests.conftest import Aws


@pytest.fixture
def gradual(tmp_path: Path) -> Iterator[Aws]:
    server = ServerProcess(tmp_path, {"clock": "virtual", "lifecycle": "realistic"})
    yield Aws(server.endpoint)
    server.stop()


def statuses(client: Any) -> list[str]:
    found = client.describe_scaling_activities(ServiceNamespace="dynamodb")["ScalingActivities"]
    return [one["StatusCode"] for one in reversed(found)]


def test_a_change_is_in_progress_until_the_table_has_it(gradual: Aws) -> None:
    dynamodb, scaling = gradual.client("dynamodb"), gradual.client("application-autoscaling")
    make_table(dynamodb)
    gradual.advance(60 - gradual.advance(0) % 60)
    for minimum, dimension in ((8, ""), (9, WRITES)):
        where = target(dimension=dimension) if dimension else target()
        scaling.register_scalable_target(**where, MinCapacity=minimum, MaxCapacity=20)
    gradual.advance(60)
    (first,) = scaling.describe_scaling_activities(ServiceNamespace="dynamodb")["ScalingActivities"]
    assert (first["StatusCode"], "EndTime" in first) == ("InProgress", False)
    assert first["StatusMessage"].endswith("Waiting for change to be fulfilled by dynamodb.")
    gradual.advance(120)
    assert units(dynamodb) == (8, 9)
    assert statuses(scaling) == ["Successful", "Successful"]
    found = scaling.describe_scaling_activities(ServiceNamespace="dynamodb")["ScalingActivities"]
    assert all(one["StatusMessage"].endswith("Change successfully fulfilled by dynamodb.") for one in found)


def test_what_is_due_survives_a_crash(tmp_path: Path) -> None:
    settings = {"clock": "virtual"}
    server = ServerProcess(tmp_path, settings)
    before = Aws(server.endpoint)
    make_table(before.client("dynamodb"))
    scaling = before.client("application-autoscaling")
    scaling.register_scalable_target(**target(), MinCapacity=7, MaxCapacity=20)
    scaling.put_scheduled_action(
        ScheduledActionName="up",
        **target(dimension=target()["ScalableDimension"]),
        Schedule="rate(10 minutes)",
        ScalableTargetAction={"MinCapacity": 9},
    )
    server.kill()
    server = ServerProcess(tmp_path, settings)
    after = Aws(server.endpoint)
    after.account = before.account
    dynamodb = after.client("dynamodb")
    after.advance(120)
    assert units(dynamodb) == (7, 5)
    after.advance(600)
    assert units(dynamodb) == (9, 5)
    server.stop()


@pytest.mark.postgres
def test_targets_policies_actions_and_activities_are_kept_on_postgresql(tmp_path: Path) -> None:
    with postgres_server() as url:
        server = ServerProcess(tmp_path, {"clock": "virtual", "database": url})
        aws = Aws(server.endpoint)
        dynamodb, scaling = aws.client("dynamodb"), aws.client("application-autoscaling")
        make_table(dynamodb)
        for dimension in (READS, WRITES):
            where = target(dimension=dimension)
            scaling.register_scalable_target(**where, MinCapacity=7, MaxCapacity=20)
            scaling.put_scaling_policy(PolicyName="half", **where, **tracking(dimension))
            up = {"Schedule": "rate(10 minutes)", "ScalableTargetAction": {"MinCapacity": 9}}
            scaling.put_scheduled_action(ScheduledActionName="up", **where, **up)
        aws.advance(660)
        assert units(dynamodb) == (9, 9)
        everything = {"ServiceNamespace": "dynamodb", "MaxResults": 1}
        for operation, member, count in (
            ("describe_scalable_targets", "ScalableTargets", 2),
            ("describe_scaling_policies", "ScalingPolicies", 2),
            ("describe_scheduled_actions", "ScheduledActions", 2),
            ("describe_scaling_activities", "ScalingActivities", 6),
        ):
            pages = list(scaling.get_paginator(operation).paginate(**everything))
            assert [len(page[member]) for page in pages] == [1] * count
        scaling.delete_scheduled_action(ScheduledActionName="up", **target())
        scaling.delete_scaling_policy(PolicyName="half", **target())
        scaling.deregister_scalable_target(**target())
        server.stop()
