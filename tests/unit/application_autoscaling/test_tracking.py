"""Target tracking: when consumption scales, and to how much."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serein.services.application_autoscaling.tracking import HIGH, IN_MINUTES, LOW, Rule, Situation, decide, is_quiet

RULE = Rule(70.0)
TEN = Situation(10, 5, 100)
"""Ten units a second: 600 a minute, of which 420 are the target."""


def test_two_minutes_above_the_target_scale_out_so_that_it_is_met() -> None:
    decision = decide(RULE, [0, 600, 840], TEN, 0)
    assert decision is not None
    assert (decision.alarm, decision.capacity, decision.wanted, decision.reason) == (HIGH, 20, 20, "")


@pytest.mark.parametrize("minutes", [[], [900], [900, 400, 900], [0, 420, 420], [900, 900, 420]])
def test_less_than_two_minutes_above_the_target_do_nothing(minutes: list[float]) -> None:
    assert decide(RULE, minutes, TEN, 0) is None


def test_scaling_out_ends_at_the_maximum() -> None:
    decision = decide(RULE, [99_000, 99_000], TEN, 0)
    assert decision is not None
    assert (decision.capacity, decision.wanted) == (100, 2358)
    decision = decide(RULE, [99_000, 99_000], replace(TEN, capacity=100), 0)
    assert decision is not None
    assert (decision.capacity, decision.reason) == (100, "AlreadyAtMaxCapacity")


def test_fifteen_minutes_twenty_points_below_the_target_scale_in() -> None:
    decision = decide(RULE, [299.0] * IN_MINUTES, TEN, 0)
    assert decision is not None
    assert (decision.alarm, decision.capacity) == (LOW, 8)
    assert decide(RULE, [299.0] * (IN_MINUTES - 1), TEN, 0) is None
    assert decide(RULE, [299.0] * (IN_MINUTES - 1) + [300.0], TEN, 0) is None


def test_scaling_in_leaves_room_for_the_busiest_minute_and_ends_at_the_minimum() -> None:
    decision = decide(RULE, [0.0] * 14 + [252.0], TEN, 0)
    assert decision is not None
    assert decision.capacity == 6
    decision = decide(RULE, [0.0] * IN_MINUTES, TEN, 0)
    assert decision is not None
    assert (decision.capacity, decision.wanted) == (5, 1)
    decision = decide(RULE, [0.0] * IN_MINUTES, replace(TEN, capacity=5), 0)
    assert decision is not None
    assert decision.reason == "AlreadyAtMinCapacity"


def test_scaling_in_may_be_switched_off() -> None:
    assert decide(Rule(70.0, scales_in=False), [0.0] * IN_MINUTES, TEN, 0) is None
    assert decide(RULE, [0.0] * IN_MINUTES, replace(TEN, can_scale_in=False), 0) is None
    assert decide(RULE, [900, 900], replace(TEN, can_scale_out=False), 0) is None


def test_cooldowns_hold_back_what_is_not_larger() -> None:
    rule = Rule(70.0, out_cooldown_seconds=300, in_cooldown_seconds=600)
    after_out = replace(TEN, last_out_at=1000.0, last_out_wanted=20)
    assert decide(rule, [840, 840], after_out, 1299) is None
    assert decide(rule, [840, 840], after_out, 1300) is not None
    assert decide(rule, [900, 900], after_out, 1001) is not None
    after_in = replace(TEN, last_in_at=1000.0)
    assert decide(rule, [0.0] * IN_MINUTES, after_in, 1599) is None
    assert decide(rule, [0.0] * IN_MINUTES, after_in, 1600) is not None
    assert decide(rule, [0.0] * IN_MINUTES, replace(after_in, last_out_at=1100.0), 1599) is not None


@given(
    st.floats(1, 100),
    st.lists(st.floats(0, 1e7), max_size=20),
    st.integers(1, 1000),
    st.integers(1, 1000),
    st.integers(0, 1000),
)
def test_capacity_stays_within_its_bounds(
    percent: float, minutes: list[float], capacity: int, minimum: int, width: int
) -> None:
    decision = decide(Rule(percent), minutes, Situation(capacity, minimum, minimum + width), 0)
    if decision is not None and not decision.reason:
        assert minimum <= decision.capacity <= minimum + width
        if decision.alarm == LOW:
            assert decision.capacity < capacity


def test_it_is_quiet_when_nothing_is_consumed_and_nothing_is_left_to_scale_in() -> None:
    nothing = [0.0] * IN_MINUTES
    at_minimum = replace(TEN, capacity=5)
    assert is_quiet(nothing, decide(RULE, nothing, at_minimum, 0))
    assert not is_quiet(nothing, decide(RULE, nothing, TEN, 0))
    assert not is_quiet(nothing[1:], decide(RULE, nothing[1:], at_minimum, 0))
    little = [*nothing[1:], 1.0]
    assert not is_quiet(little, decide(RULE, little, at_minimum, 0))
    assert not is_quiet(nothing, None)
