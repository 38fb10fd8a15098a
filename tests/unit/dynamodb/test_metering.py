"""Meters: what tables consume by the minute, once somebody has asked."""

from types import SimpleNamespace
from typing import Any, cast

from serein.services.dynamodb.metering import READ, WRITE, Meter, Meters
from serein.services.dynamodb.tables import Table


def table(id: int) -> Table:
    return cast(Table, SimpleNamespace(id=id))


def test_only_minutes_that_are_over_and_were_counted_whole_are_told() -> None:
    meter = Meter(90.0)
    meter.count(100.0, READ, 5.0, {})
    meter.count(130.0, READ, 1.0, {"by-g": 2.0})
    meter.count(179.9, READ, 2.0, {})
    meter.count(185.0, WRITE, 7.0, {})
    assert meter.whole_minutes(119.0, "", READ, 15) == []
    assert meter.whole_minutes(180.0, "", READ, 15) == [3.0]
    assert meter.whole_minutes(300.0, "", READ, 15) == [3.0, 0.0, 0.0]
    assert meter.whole_minutes(300.0, "", READ, 2) == [0.0, 0.0]
    assert meter.whole_minutes(300.0, "by-g", READ, 15) == [2.0, 0.0, 0.0]
    assert meter.whole_minutes(300.0, "", WRITE, 15) == [0.0, 7.0, 0.0]


def test_a_meter_forgets_what_is_old() -> None:
    meter = Meter(0.0)
    for minute in range(100):
        meter.count(minute * 60.0, READ, float(minute), {})
    assert meter.whole_minutes(6000.0, "", READ, 15) == [float(minute) for minute in range(85, 100)]
    assert len(cast(Any, meter)._minutes) < 20


class Hands:
    """A clock that is set by hand."""

    is_virtual = True
    time = 0.0

    def now(self) -> float:
        return self.time

    async def sleep_until(self, when: float) -> None:
        raise NotImplementedError


def test_a_meter_runs_as_long_as_somebody_asks() -> None:
    clock = Hands()
    meters = Meters(clock)
    assert not meters.is_running
    assert meters.find(table(1)) is None
    first = meters.ask(table(1))
    clock.time = 8000.0
    assert meters.ask(table(1)) is first
    clock.time = 16_000.0
    assert meters.ask(table(2)) is meters.find(table(2))
    assert meters.is_running
    assert meters.find(table(1)) is first
    clock.time = 22_401.0
    assert meters.is_running
    assert meters.find(table(1)) is None
    clock.time = 30_401.0
    assert not meters.is_running
