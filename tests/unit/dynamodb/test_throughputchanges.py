"""How often throughput may be lowered and billing modes switched, whatever the order of changes."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from serein.services.dynamodb.errors import LimitExceededException
from serein.services.dynamodb.tables import TableDefinition
from serein.services.dynamodb.throughputchanges import changed_units, decreases_today, switches_with

START = datetime(2026, 3, 1, 22, 30, tzinfo=UTC).timestamp()
steps = st.lists(st.tuples(st.floats(0, 7200), st.integers(1, 100)), max_size=120)


@given(steps)
def test_decreases_are_four_a_day_and_then_one_an_hour(changes: list[tuple[float, int]]) -> None:
    units: dict[str, Any] = {"ReadCapacityUnits": 50, "WriteCapacityUnits": 1}
    now, decreases = START, []
    for seconds, read in changes:
        now += seconds
        wanted = {"ReadCapacityUnits": read, "WriteCapacityUnits": 1}
        is_decrease = read < units["ReadCapacityUnits"]
        before = decreases_today(units, now)
        try:
            units = changed_units(units, wanted, now)
        except LimitExceededException:
            assert is_decrease and before >= 4 and now - decreases[-1] < 3600
            continue
        assert units["ReadCapacityUnits"] == read
        if is_decrease:
            decreases.append(now)
            assert decreases_today(units, now) == before + 1
    per_day = Counter(datetime.fromtimestamp(at, UTC).date() for at in decreases)
    assert all(count <= 4 + 24 for count in per_day.values())


@given(st.lists(st.floats(0, 40_000), max_size=60))
def test_a_table_is_switched_to_on_demand_four_times_in_any_day(pauses: list[float]) -> None:
    table = TableDefinition(1, "", "t", "", 0.0, {}, [])
    now, switches = START, []
    for seconds in pauses:
        now += seconds
        try:
            table.on_demand_switches = switches_with(table, now)
        except LimitExceededException:
            assert now - switches[-4] < 86_400
            continue
        switches.append(now)
        assert len([at for at in switches if now - at < 86_400]) <= 4
