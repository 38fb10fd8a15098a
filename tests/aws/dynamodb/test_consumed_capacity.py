"""ReturnConsumedCapacity, TOTAL and INDEXES, of every operation that takes it.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from typing import Any

import pytest

from tests.aws.dynamodb.conftest import index, make_table

KEY = {"pk": {"S": "p"}, "sk": {"S": "s"}}
ITEM = {**KEY, "g": {"S": "g"}, "l": {"N": "1"}, "v": {"S": "x" * 4500}}


@pytest.fixture
def table(dynamodb: Any) -> str:
    make_table(
        dynamodb,
        "counted",
        range_key="sk:S",
        attributes={"g": "S", "l": "N"},
        GlobalSecondaryIndexes=[index("all", "g"), index("keys", "g", "", "KEYS_ONLY")],
        LocalSecondaryIndexes=[index("local", "pk", "l", "KEYS_ONLY")],
    )
    return "counted"


def consumed(table: float, local: float = 0, **by_index: float) -> dict[str, Any]:
    """The form of INDEXES."""
    total = table + local + sum(by_index.values())
    found: dict[str, Any] = {"TableName": "counted", "CapacityUnits": total, "Table": {"CapacityUnits": table}}
    if local:
        found["LocalSecondaryIndexes"] = {"local": {"CapacityUnits": local}}
    if by_index:
        found["GlobalSecondaryIndexes"] = {name: {"CapacityUnits": units} for name, units in by_index.items()}
    return found


INDEXES = {"ReturnConsumedCapacity": "INDEXES"}
EVERYTHING = consumed(5.0, 1.0, all=5.0, keys=1.0)


def test_writes_count_the_table_and_each_index_that_changes(dynamodb: Any, table: str) -> None:
    put = {"TableName": table, "Item": ITEM}
    assert dynamodb.put_item(**put, **INDEXES)["ConsumedCapacity"] == EVERYTHING
    assert dynamodb.put_item(**put, **INDEXES)["ConsumedCapacity"] == consumed(5.0)
    total = {"TableName": table, "CapacityUnits": 5.0}
    assert dynamodb.put_item(**put, ReturnConsumedCapacity="TOTAL")["ConsumedCapacity"] == total
    assert "ConsumedCapacity" not in dynamodb.put_item(**put, ReturnConsumedCapacity="NONE")
    assert "ConsumedCapacity" not in dynamodb.put_item(**put)
    update = {"TableName": table, "Key": KEY, "ExpressionAttributeValues": {":v": {"S": "y"}}, **INDEXES}
    reply = dynamodb.update_item(**update, UpdateExpression="SET w = :v")
    assert reply["ConsumedCapacity"] == consumed(5.0, all=5.0)
    reply = dynamodb.update_item(**update, UpdateExpression="SET g = :v")
    assert reply["ConsumedCapacity"] == consumed(5.0, all=10.0, keys=2.0)
    assert dynamodb.delete_item(TableName=table, Key=KEY, **INDEXES)["ConsumedCapacity"] == EVERYTHING
    assert dynamodb.delete_item(TableName=table, Key=KEY, **INDEXES)["ConsumedCapacity"] == consumed(1.0)


def test_reads_count_four_kilobytes_and_half_when_eventual(dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item=ITEM)
    get = {"TableName": table, "Key": KEY}
    assert dynamodb.get_item(**get, **INDEXES)["ConsumedCapacity"] == consumed(1.0)
    assert dynamodb.get_item(**get, ConsistentRead=True, **INDEXES)["ConsumedCapacity"] == consumed(2.0)
    absent = {"TableName": table, "Key": {**KEY, "sk": {"S": "absent"}}}
    assert dynamodb.get_item(**absent, **INDEXES)["ConsumedCapacity"] == consumed(0.5)
    assert dynamodb.get_item(**absent, ConsistentRead=True, **INDEXES)["ConsumedCapacity"] == consumed(1.0)
    assert dynamodb.scan(TableName=table, **INDEXES)["ConsumedCapacity"] == consumed(1.0)
    assert dynamodb.scan(TableName=table, ConsistentRead=True, **INDEXES)["ConsumedCapacity"] == consumed(2.0)


def test_reading_an_index_counts_the_index(dynamodb: Any, table: str) -> None:
    dynamodb.put_item(TableName=table, Item=ITEM)

    def query(name: str, condition: str, value: str, **options: Any) -> dict[str, Any]:
        reply = dynamodb.query(
            TableName=table,
            IndexName=name,
            KeyConditionExpression=condition,
            ExpressionAttributeValues={":v": {"S": value}},
            **INDEXES,
            **options,
        )
        found: dict[str, Any] = reply["ConsumedCapacity"]
        return found

    assert query("all", "g = :v", "g") == consumed(0.0, all=1.0)
    assert query("keys", "g = :v", "g") == consumed(0.0, keys=0.5)
    assert query("local", "pk = :v", "p") == consumed(0.0, 0.5)
    assert query("local", "pk = :v", "p", ConsistentRead=True) == consumed(0.0, 1.0)
    assert query("local", "pk = :v", "p", ProjectionExpression="l") == consumed(0.0, 0.5)


def test_what_a_local_index_fetches_from_the_table_counts_there(dynamodb: Any, table: str) -> None:
    for at in range(3):
        dynamodb.put_item(TableName=table, Item={**ITEM, "sk": {"S": str(at)}})
    request = {
        "TableName": table,
        "IndexName": "local",
        "KeyConditionExpression": "pk = :v",
        "ExpressionAttributeValues": {":v": {"S": "p"}},
        **INDEXES,
    }
    fetched = dynamodb.query(**request, Select="ALL_ATTRIBUTES")
    assert fetched["ConsumedCapacity"] == consumed(3.0, 0.5)
    fetched = dynamodb.query(**request, ProjectionExpression="v", ConsistentRead=True)
    assert fetched["ConsumedCapacity"] == consumed(6.0, 1.0)


def test_batches_count_per_table(dynamodb: Any, table: str) -> None:
    make_table(dynamodb, "other")
    other = {"pk": {"S": "o"}}
    reply = dynamodb.batch_write_item(
        RequestItems={table: [{"PutRequest": {"Item": ITEM}}], "other": [{"PutRequest": {"Item": other}}]}, **INDEXES
    )
    by_table = {one["TableName"]: one for one in reply["ConsumedCapacity"]}
    assert by_table[table] == EVERYTHING
    assert by_table["other"]["CapacityUnits"] == 1.0
    absent = {**KEY, "sk": {"S": "absent"}}
    reply = dynamodb.batch_get_item(
        RequestItems={table: {"Keys": [KEY, absent], "ConsistentRead": True}, "other": {"Keys": [other]}}, **INDEXES
    )
    by_table = {one["TableName"]: one for one in reply["ConsumedCapacity"]}
    assert by_table[table] == consumed(3.0)
    assert by_table["other"]["CapacityUnits"] == 0.5
    assert "ConsumedCapacity" not in dynamodb.batch_get_item(RequestItems={"other": {"Keys": [other]}})


def test_transactions_cost_twice(dynamodb: Any, table: str) -> None:
    put = {"Put": {"TableName": table, "Item": ITEM}}
    reply = dynamodb.transact_write_items(TransactItems=[put], ReturnConsumedCapacity="TOTAL")
    assert reply["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": 24.0, "WriteCapacityUnits": 24.0}]
    check = {"ConditionCheck": {"TableName": table, "Key": KEY, "ConditionExpression": "attribute_exists(pk)"}}
    reply = dynamodb.transact_write_items(TransactItems=[check], **INDEXES)
    assert reply["ConsumedCapacity"] == [
        {
            "TableName": table,
            "CapacityUnits": 10.0,
            "WriteCapacityUnits": 10.0,
            "Table": {"CapacityUnits": 10.0, "WriteCapacityUnits": 10.0},
        }
    ]
    get = {"Get": {"TableName": table, "Key": KEY}}
    reply = dynamodb.transact_get_items(TransactItems=[get], ReturnConsumedCapacity="TOTAL")
    assert reply["ConsumedCapacity"] == [{"TableName": table, "CapacityUnits": 4.0, "ReadCapacityUnits": 4.0}]


def test_item_collection_metrics_are_for_tables_with_local_indexes(dynamodb: Any, table: str) -> None:
    wanted = {"ReturnItemCollectionMetrics": "SIZE"}
    reply = dynamodb.put_item(TableName=table, Item=ITEM, **wanted)
    assert reply["ItemCollectionMetrics"]["ItemCollectionKey"] == {"pk": {"S": "p"}}
    assert len(reply["ItemCollectionMetrics"]["SizeEstimateRangeGB"]) == 2
    reply = dynamodb.update_item(TableName=table, Key=KEY, UpdateExpression="REMOVE w", **wanted)
    assert reply["ItemCollectionMetrics"]["ItemCollectionKey"] == {"pk": {"S": "p"}}
    reply = dynamodb.batch_write_item(RequestItems={table: [{"DeleteRequest": {"Key": KEY}}]}, **wanted)
    assert reply["ItemCollectionMetrics"][table][0]["ItemCollectionKey"] == {"pk": {"S": "p"}}
    reply = dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": ITEM}}], **wanted)
    assert reply["ItemCollectionMetrics"][table][0]["ItemCollectionKey"] == {"pk": {"S": "p"}}
    assert "ItemCollectionMetrics" in dynamodb.delete_item(TableName=table, Key=KEY, **wanted)
    make_table(dynamodb, "simple")
    assert "ItemCollectionMetrics" not in dynamodb.put_item(TableName="simple", Item={"pk": {"S": "a"}}, **wanted)
