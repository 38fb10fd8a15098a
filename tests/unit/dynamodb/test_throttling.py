"""Buckets of throughput: how they fill, what they may owe, and whose rate counts."""

from typing import Any

import pytest

from serein.services.dynamodb.tables import IndexDefinition, Table, TableDefinition, encode_definition, parse_table
from serein.services.dynamodb.throttling import READ, WRITE, Buckets, rate_of

UNITS = {"ReadCapacityUnits": 2, "WriteCapacityUnits": 10}
SCHEMA = [{"AttributeName": "pk", "KeyType": "HASH"}]


def table(**members: Any) -> Table:
    index = IndexDefinition(
        2, "by-g", [{"AttributeName": "g", "KeyType": "HASH"}], {"ProjectionType": "ALL"}, is_global=True
    )
    index.throughput = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 3}
    definition = TableDefinition(
        id=1,
        table_id="",
        name="t",
        arn="",
        created_at=1000.0,
        attributes={"pk": "S", "g": "S"},
        key_schema=SCHEMA,
        indexes=[index],
        **{"billing": "PROVISIONED", "throughput": UNITS, **members},
    )
    return parse_table(encode_definition(definition))


TABLE = table()


def test_a_new_table_has_a_second_and_an_old_one_five_minutes() -> None:
    buckets = Buckets()
    assert buckets.level((TABLE, None), WRITE, 1000.0) == 10.0
    assert buckets.level((TABLE, None), WRITE, 1009.0) == 100.0
    assert buckets.level((TABLE, None), WRITE, 1e9) == 3000.0


def test_a_bucket_may_owe_and_fills_with_time() -> None:
    buckets = Buckets()
    buckets.take((TABLE, None), WRITE, 35.0, 1000.0)
    assert buckets.level((TABLE, None), WRITE, 1000.0) == -25.0
    assert buckets.level((TABLE, None), WRITE, 1002.5) == 0.0
    assert buckets.level((TABLE, None), WRITE, 1003.0) == 5.0
    assert buckets.level((TABLE, None), WRITE, 5000.0) == 3000.0


def test_kinds_and_indexes_have_buckets_of_their_own() -> None:
    buckets = Buckets()
    buckets.take((TABLE, None), WRITE, 10.0, 1000.0)
    assert buckets.level((TABLE, None), READ, 1000.0) == 2.0
    assert buckets.level((TABLE, TABLE.indexes[0]), WRITE, 1000.0) == 3.0


def test_time_that_goes_back_takes_nothing() -> None:
    buckets = Buckets()
    buckets.take((TABLE, None), WRITE, 4.0, 1000.0)
    assert buckets.level((TABLE, None), WRITE, 900.0) == 6.0


def test_a_new_rate_counts_at_once() -> None:
    buckets = Buckets()
    buckets.take((TABLE, None), WRITE, 10.0, 1000.0)
    faster = table(throughput={"ReadCapacityUnits": 2, "WriteCapacityUnits": 100})
    assert buckets.level((faster, None), WRITE, 1001.0) == 100.0
    slower = table(throughput={"ReadCapacityUnits": 2, "WriteCapacityUnits": 1})
    assert buckets.level((slower, None), WRITE, 5000.0) == 300.0


@pytest.mark.parametrize(
    ("maximum", "expected"),
    [
        ({}, (40_000.0, "AccountLimitExceeded")),
        ({"MaxWriteRequestUnits": 7}, (7.0, "MaxOnDemandThroughputExceeded")),
        ({"MaxWriteRequestUnits": -1}, (40_000.0, "AccountLimitExceeded")),
        ({"MaxReadRequestUnits": 7}, (40_000.0, "AccountLimitExceeded")),
    ],
)
def test_on_demand_tables_have_their_maximum_or_the_quota(maximum: Any, expected: tuple[float, str]) -> None:
    on_demand = table(billing="PAY_PER_REQUEST", throughput={}, on_demand=maximum)
    assert rate_of(on_demand.definition, None, WRITE) == expected
