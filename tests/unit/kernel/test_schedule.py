"""Schedule expressions: when they are due, and which texts are none."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serein.kernel.schedule import InvalidSchedule, Rate, parse_schedule


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def following(expression: str, start: str, count: int = 1, zone: str = "UTC") -> list[str]:
    """The next moments in UTC, as text."""
    schedule, now, found = parse_schedule(expression, zone), moment(start), []
    for _ in range(count):
        due = schedule.next_after(now, 0.0)
        if due is None:
            break
        found.append(datetime.fromtimestamp(due, UTC).strftime("%Y-%m-%dT%H:%M:%S"))
        now = due
    return found


def test_at_is_due_once_in_its_time_zone() -> None:
    assert following("at(2024-07-01T12:00:30)", "2024-01-01", 3) == ["2024-07-01T12:00:30"]
    assert following("at(2024-07-01T12:00:00)", "2024-01-01", zone="America/New_York") == ["2024-07-01T16:00:00"]
    assert following("at(2024-07-01T12:00:00)", "2024-07-01T12:00:00") == []


def test_rate_counts_from_its_anchor() -> None:
    rate = parse_schedule("rate(5 minutes)")
    assert rate == Rate(300)
    assert rate.next_after(0.0, 1000.0) == 1000.0
    assert rate.next_after(1000.0, 1000.0) == 1300.0
    assert rate.next_after(1299.0, 1000.0) == 1300.0
    assert parse_schedule("rate(1 hour)") == Rate(3600)
    assert parse_schedule("rate(2 days)") == Rate(172_800)


@pytest.mark.parametrize(
    ("expression", "start", "expected"),
    [
        ("cron(0 10 * * ? *)", "2024-02-28T10:00", ["2024-02-29T10:00:00", "2024-03-01T10:00:00"]),
        ("cron(15 12 ? * MON-FRI *)", "2024-03-01T13:00", ["2024-03-04T12:15:00", "2024-03-05T12:15:00"]),
        ("cron(0/20 8 1 1 ? 2025)", "2024-01-01", ["2025-01-01T08:00:00", "2025-01-01T08:20:00"]),
        ("cron(5,35 14-15 * * ? *)", "2024-01-01T14:05", ["2024-01-01T14:35:00", "2024-01-01T15:05:00"]),
        ("cron(0 0 L * ? *)", "2023-02-01", ["2023-02-28T00:00:00", "2023-03-31T00:00:00"]),
        ("cron(0 0 LW * ? *)", "2024-03-01", ["2024-03-29T00:00:00", "2024-04-30T00:00:00"]),
        ("cron(0 0 1W * ? *)", "2024-05-31T12:00", ["2024-06-03T00:00:00", "2024-07-01T00:00:00"]),
        ("cron(0 0 15W * ? *)", "2024-06-01", ["2024-06-14T00:00:00", "2024-07-15T00:00:00"]),
        ("cron(0 0 31W * ? *)", "2024-04-01", ["2024-05-31T00:00:00", "2024-07-31T00:00:00"]),
        ("cron(0 0 ? * 6#3 *)", "2024-06-01", ["2024-06-21T00:00:00", "2024-07-19T00:00:00"]),
        ("cron(0 0 ? * MON#5 *)", "2024-05-01", ["2024-07-29T00:00:00", "2024-09-30T00:00:00"]),
        ("cron(0 0 ? * 5L *)", "2024-06-01", ["2024-06-27T00:00:00", "2024-07-25T00:00:00"]),
        ("cron(0 0 ? * L *)", "2024-06-01", ["2024-06-08T00:00:00", "2024-06-15T00:00:00"]),
        ("cron(0 0 ? * 1 *)", "2024-06-01", ["2024-06-02T00:00:00", "2024-06-09T00:00:00"]),
        ("cron(0 0 ? * SAT-SUN *)", "2024-05-31", ["2024-06-01T00:00:00", "2024-06-02T00:00:00"]),
        ("cron(0 0 29 FEB ? *)", "2024-03-01", ["2028-02-29T00:00:00", "2032-02-29T00:00:00"]),
        ("cron(0 0 ? JAN,mar mon#1 *)", "2024-01-02", ["2024-03-04T00:00:00", "2025-01-06T00:00:00"]),
        ("cron(0 0 30 2 ? *)", "2024-01-01", []),
        ("cron(0 0 1 1 ? 2020-2022)", "2024-01-01", []),
    ],
)
def test_cron_is_due_as_its_fields_say(expression: str, start: str, expected: list[str]) -> None:
    assert following(expression, start, 2) == expected


def test_cron_follows_the_clocks_of_its_time_zone() -> None:
    daily = "cron(30 8 * * ? *)"
    assert following(daily, "2024-03-30T00:00", 2, "Europe/Berlin") == ["2024-03-30T07:30:00", "2024-03-31T06:30:00"]


def test_a_local_time_that_clocks_skip_is_not_due_and_one_they_repeat_is_due_once() -> None:
    early = "cron(30 2 * * ? *)"
    assert following(early, "2024-03-30T02:00", 2, "Europe/Berlin") == ["2024-04-01T00:30:00", "2024-04-02T00:30:00"]
    half_an_hour = "cron(15 2 * * ? *)"
    assert following(half_an_hour, "2024-10-05T00:00", 1, "Australia/Lord_Howe") == ["2024-10-06T15:15:00"]
    assert following(early, "2024-10-26T02:00", 2, "Europe/Berlin") == ["2024-10-27T00:30:00", "2024-10-28T01:30:00"]


def test_cron_ends_with_its_years_and_begins_with_them() -> None:
    always = parse_schedule("cron(* * * * ? *)")
    assert [always.next_after(time, 0.0) for time in (1e12, 1e300, 7_258_118_340.0)] == [None, None, None]
    assert always.next_after(7_258_118_339.0, 0.0) == 7_258_118_340.0
    assert always.next_after(-1e300, 0.0) == 0.0
    far_east = parse_schedule("cron(0 0 * * ? *)", "Pacific/Kiritimati")
    assert far_east.next_after(7_258_118_340.0, 0.0) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "at(2024-02-30T00:00:00)",
        "at(2024-02-20)",
        "at(2024-02-20T00:00:00Z)",
        "rate(0 minutes)",
        "rate(1 minutes)",
        "rate(5 minute)",
        "rate(5 seconds)",
        "rate(5minutes)",
        "every(5 minutes)",
        "cron(0 10 * * *)",
        "cron(0 10 * * * *)",
        "cron(0 10 ? * ? *)",
        "cron(60 10 * * ? *)",
        "cron(0 24 * * ? *)",
        "cron(0 0 0 * ? *)",
        "cron(0 0 32 * ? *)",
        "cron(0 0 * 13 ? *)",
        "cron(0 0 ? * 0 *)",
        "cron(0 0 ? * 8 *)",
        "cron(0 0 ? * MON#6 *)",
        "cron(0 0 ? * XL *)",
        "cron(0 0 W * ? *)",
        "cron(0 0 * * ? 1969)",
        "cron(0/0 0 * * ? *)",
        "cron(/5 0 * * ? *)",
        "cron(1- 0 * * ? *)",
        "cron(, 0 * * ? *)",
        "cron(² 0 * * ? *)",
        " rate(5 minutes)",
    ],
)
def test_other_texts_are_no_schedules(text: str) -> None:
    with pytest.raises(InvalidSchedule):
        parse_schedule(text)


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "Europe", "a\0b"])
def test_other_names_are_no_time_zones(zone: str) -> None:
    with pytest.raises(InvalidSchedule):
        parse_schedule("rate(5 minutes)", zone)


@given(st.floats(0, 4e9), st.sampled_from(["cron(7/13 * * * ? *)", "cron(0 0 ? * MON-FRI *)", "rate(7 minutes)"]))
def test_moments_come_in_order_and_none_is_passed_over(start: float, expression: str) -> None:
    schedule = parse_schedule(expression)
    found = [start]
    for _ in range(4):
        due = schedule.next_after(found[-1], 0.0)
        assert due is not None
        found.append(due)
    for before, after in pairwise(found):
        assert before < after
        assert schedule.next_after((before + after) / 2, 0.0) == after


@pytest.mark.parametrize("text", ["rate(5 minute)", "rate(5 minutes)"])
def test_a_rate_may_have_a_unit_in_either_number_where_that_is_allowed(text: str) -> None:
    assert parse_schedule(text, any_number=True) == parse_schedule("rate(5 minutes)")
    assert parse_schedule("rate(1 hours)", any_number=True) == parse_schedule("rate(1 hour)")
