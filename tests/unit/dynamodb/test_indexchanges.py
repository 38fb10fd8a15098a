"""Which indexes may come and go while one is being built."""

from typing import Any

import pytest

from serein.services.dynamodb.errors import LimitExceededException
from serein.services.dynamodb.tablechanges import updated_definition
from serein.services.dynamodb.tables import IndexDefinition, TableDefinition
from serein.services.dynamodb.vectors.indexes import VectorIndexDefinition

PROJECTION = {"ProjectionType": "ALL"}
TOO_MANY = "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"


def key(name: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": "HASH"}]


def table(*building: str) -> TableDefinition:
    """A table with two global indexes, some of which are being built."""
    indexes = [
        IndexDefinition(at, name, key(name), PROJECTION, is_global=True, is_backfilling=name in building)
        for at, name in enumerate(("old", "new"))
    ]
    attributes = {"pk": "S", "old": "S", "new": "S"}
    return TableDefinition(1, "", "orders", "", 0.0, attributes, key("pk"), billing="PAY_PER_REQUEST", indexes=indexes)


def changed(definition: TableDefinition, **change: Any) -> list[str]:
    """The names of a table's indexes after an update."""
    request = {
        "GlobalSecondaryIndexUpdates": [change],
        "AttributeDefinitions": [{"AttributeName": "more", "AttributeType": "S"}],
    }
    return [index.name for index in updated_definition(definition, request, 0.0).indexes]


MORE = {"IndexName": "more", "KeySchema": key("more"), "Projection": PROJECTION}


def test_indexes_come_and_go_while_none_is_being_built() -> None:
    assert changed(table(), Delete={"IndexName": "old"}) == ["new"]
    assert changed(table(), Create=MORE) == ["old", "new", "more"]


def test_only_the_index_that_is_being_built_can_be_deleted_meanwhile() -> None:
    assert changed(table("new"), Delete={"IndexName": "new"}) == ["old"]
    for change in ({"Delete": {"IndexName": "old"}}, {"Create": MORE}):
        with pytest.raises(LimitExceededException, match=TOO_MANY):
            changed(table("new"), **change)


def test_the_throughput_of_other_indexes_may_change_meanwhile() -> None:
    update = {"IndexName": "old", "OnDemandThroughput": {"MaxReadRequestUnits": 5}}
    assert changed(table("new"), Update=update) == ["old", "new"]


def test_no_global_index_goes_while_a_vector_index_is_being_built() -> None:
    definition = table()
    definition.vectors = [VectorIndexDefinition(9, "near", "v", 2, "COSINE", PROJECTION, is_backfilling=True)]
    with pytest.raises(LimitExceededException, match=TOO_MANY):
        changed(definition, Delete={"IndexName": "old"})
