"""Scheduled actions: when they are due."""

from typing import Any

import pytest

from serein.kernel.scope import Scope
from serein.services.application_autoscaling.errors import ValidationException
from serein.services.application_autoscaling.scheduledactions import changed_action, new_action, next_due
from serein.services.application_autoscaling.targets import Address

ADDRESS = Address("dynamodb", "table/orders", "dynamodb:table:ReadCapacityUnits")
BOUNDS = {"ScalableTargetAction": {"MinCapacity": 1}}


def action(schedule: str, **members: Any) -> dict[str, Any]:
    return {"Schedule": schedule, "CreationTime": 1000.0, **members}


def test_a_rate_counts_from_the_start_or_else_from_its_creation() -> None:
    assert next_due(action("rate(1 minute)"), 1000.0) == 1060.0
    assert next_due(action("rate(1 minute)"), 1130.0) == 1180.0
    assert next_due(action("rate(1 minute)", StartTime=1500.0), 1000.0) == 1500.0
    assert next_due(action("rate(1 minute)", StartTime=1500.0), 1500.0) == 1560.0


def test_start_and_end_are_part_of_the_time_in_which_an_action_is_due() -> None:
    assert next_due(action("cron(* * * * ? *)", StartTime=1260.0), 1000.0) == 1260.0
    assert next_due(action("cron(* * * * ? *)", StartTime=1261.0), 1000.0) == 1320.0
    assert next_due(action("cron(* * * * ? *)", EndTime=1020.0), 1000.0) == 1020.0
    assert next_due(action("cron(* * * * ? *)", EndTime=1019.0), 1000.0) is None
    assert next_due(action("at(1970-01-01T01:00:00)", EndTime=3599.0), 1000.0) is None


def test_an_update_keeps_what_it_does_not_name_except_start_and_end() -> None:
    made = changed_action(
        new_action(Scope(), ADDRESS, "night", 1000.0),
        {"Schedule": "rate(1 hour)", "Timezone": "Europe/Berlin", "StartTime": 5.0, "EndTime": 6.0, **BOUNDS},
        ADDRESS,
    )
    updated = changed_action(made, {"Schedule": "rate(2 hours)"}, ADDRESS)
    assert updated == {
        **{name: made[name] for name in ("ScheduledActionARN", "CreationTime", "Timezone", "ScalableTargetAction")},
        "Schedule": "rate(2 hours)",
    }


@pytest.mark.parametrize(
    "request_",
    [
        BOUNDS,
        {"Schedule": "rate(1 hour)"},
        {"Schedule": "every hour", **BOUNDS},
        {"Schedule": "rate(1 hour)", "Timezone": "Nowhere", **BOUNDS},
        {"Schedule": "rate(1 hour)", "StartTime": 2.0, "EndTime": 1.0, **BOUNDS},
        {"Schedule": "rate(1 hour)", "ScalableTargetAction": {"MinCapacity": 0}},
        {"Schedule": "rate(1 hour)", "ScalableTargetAction": {"MinCapacity": 2, "MaxCapacity": 1}},
    ],
)
def test_wrong_actions_are_refused(request_: dict[str, Any]) -> None:
    with pytest.raises(ValidationException):
        changed_action({"CreationTime": 0.0}, request_, ADDRESS)
