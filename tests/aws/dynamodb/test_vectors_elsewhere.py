"""Vector indexes together with what else tables have: replicas, backups, imports, expiry, templates."""

import json
import math
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.aws.dynamodb.conftest import make_table, refusal
from tests.aws.dynamodb.stacks import GLOBAL_TABLE, TableStack, attributes, key
from tests.aws.dynamodb.vectors import embedded, keys, make_vector_table, put, search, vector_index, where

TENANT = {"AttributeName": "tenant", "AttributeType": "S"}
PARTITIONED = vector_index("alike", "tenant:HASH")
MINE = where("tenant = :t", t="t")


@pytest.fixture
def words(dynamodb: Any) -> Any:
    """A table with two vector indexes and three items."""
    make_vector_table(dynamodb, "words", PARTITIONED, vector_index("other"), attributes={"tenant": "S"})
    for name, numbers in (("a", (1, 0)), ("b", (1, 1)), ("c", (0, 1))):
        put(dynamodb, "words", name, *numbers, tenant={"S": "t"})
    return dynamodb


def indexes_of(client: Any, table: str) -> dict[str, str]:
    described = client.describe_table(TableName=table)["Table"].get("VectorIndexes", [])
    return {index["IndexName"]: index["IndexStatus"] for index in described}


def test_a_replica_has_its_tables_vector_indexes(aws: Any, words: Any) -> None:
    there = aws.client("dynamodb", region_name="eu-west-1")
    words.update_table(TableName="words", ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])
    aws.idle()
    assert indexes_of(there, "words") == {"alike": "ACTIVE", "other": "ACTIVE"}
    assert keys(there, "words", 1, 0, **MINE) == ["a", "b", "c"]
    put(there, "words", "d", 1, -0.1, tenant={"S": "t"})
    words.delete_item(TableName="words", Key={"pk": {"S": "a"}})
    assert keys(words, "words", 1, 0, **MINE) == keys(there, "words", 1, 0, **MINE) == ["d", "b", "c"]
    words.update_table(TableName="words", VectorIndexUpdates=[{"Delete": {"IndexName": "other"}}])
    aws.idle()
    there.update_table(TableName="words", VectorIndexUpdates=[{"Create": vector_index("newer")}])
    aws.idle()
    assert indexes_of(there, "words") == indexes_of(words, "words") == {"alike": "ACTIVE", "newer": "ACTIVE"}
    newer = words.describe_table(TableName="words")["Table"]["VectorIndexes"][1]
    assert newer["ItemCount"] == 3
    assert ":us-east-1:" in newer["IndexArn"]


def test_a_backup_brings_the_indexes_back(aws: Any, words: Any) -> None:
    arn = words.create_backup(TableName="words", BackupName="backup")["BackupDetails"]["BackupArn"]
    aws.idle()
    described = words.describe_backup(BackupArn=arn)["BackupDescription"]["SourceTableFeatureDetails"]
    assert described["VectorIndexes"] == [PARTITIONED, vector_index("other")]
    words.restore_table_from_backup(BackupArn=arn, TargetTableName="restored")
    words.restore_table_from_backup(BackupArn=arn, TargetTableName="part", VectorIndexOverride=[PARTITIONED])
    words.restore_table_from_backup(BackupArn=arn, TargetTableName="bare", VectorIndexOverride=[])
    aws.idle()
    assert indexes_of(words, "restored") == {"alike": "ACTIVE", "other": "ACTIVE"}
    assert keys(words, "restored", 1, 0, **MINE) == ["a", "b", "c"]
    assert indexes_of(words, "part") == {"alike": "ACTIVE"}
    assert indexes_of(words, "bare") == {}
    wrong = {"BackupArn": arn, "TargetTableName": "wrong", "VectorIndexOverride": [vector_index("alike")]}
    assert refusal(words.restore_table_from_backup, **wrong) == (
        "ValidationException",
        "One or more parameter values were invalid: VectorIndexOverride must match the source's indexes: alike",
    )


def test_a_table_is_restored_with_the_vectors_of_a_time(aws: Any, words: Any) -> None:
    words.update_continuous_backups(
        TableName="words", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    aws.advance(10)
    then = aws.clock.now()
    aws.advance(10)
    put(words, "words", "a", -1, 0, tenant={"S": "t"})
    words.delete_item(TableName="words", Key={"pk": {"S": "b"}})
    aws.advance(600)
    words.restore_table_to_point_in_time(
        SourceTableName="words", TargetTableName="then", RestoreDateTime=then, VectorIndexOverride=[PARTITIONED]
    )
    aws.idle()
    assert indexes_of(words, "then") == {"alike": "ACTIVE"}
    assert keys(words, "then", 1, 0, **MINE) == ["a", "b", "c"]
    assert keys(words, "words", 1, 0, **MINE) == ["c", "a"]


def test_imported_items_are_indexed_and_misfits_are_errors(aws: Any, dynamodb: Any) -> None:
    s3, bucket = aws.client("s3"), aws.unique("imports")
    s3.create_bucket(Bucket=bucket)
    items = [
        {"pk": {"S": name}, "embedding": {"L": [{"N": str(number)} for number in numbers]}}
        for name, numbers in (("a", (1, 0)), ("b", (0, 1)), ("misfit", (1, 2, 3)))
    ]
    s3.put_object(Bucket=bucket, Key="data", Body="\n".join(json.dumps({"Item": item}) for item in items))
    parameters = {
        "TableName": "imported",
        "AttributeDefinitions": attributes("pk"),
        "KeySchema": key("pk"),
        "BillingMode": "PAY_PER_REQUEST",
        "VectorIndexes": [vector_index()],
    }
    arn = dynamodb.import_table(
        S3BucketSource={"S3Bucket": bucket}, InputFormat="DYNAMODB_JSON", TableCreationParameters=parameters
    )["ImportTableDescription"]["ImportArn"]
    aws.idle()
    described = dynamodb.describe_import(ImportArn=arn)["ImportTableDescription"]
    assert (described["ImportedItemCount"], described["ErrorCount"]) == (2, 1)
    assert keys(dynamodb, "imported", 1, 0) == ["a", "b"]


def test_expired_items_leave_the_index(aws: Any, words: Any) -> None:
    words.update_time_to_live(TableName="words", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"})
    put(words, "words", "a", 1, 0, tenant={"S": "t"}, until={"N": str(int(aws.clock.now()) + 60)})
    assert keys(words, "words", 1, 0, **MINE) == ["a", "b", "c"]
    aws.advance(3600)
    assert keys(words, "words", 1, 0, **MINE) == ["b", "c"]


def test_statements_and_transactions_write_vectors(dynamodb: Any) -> None:
    make_vector_table(dynamodb, "words")
    dynamodb.execute_statement(Statement="INSERT INTO words VALUE {'pk': 'a', 'embedding': [1, 0]}")
    item = {"pk": {"S": "b"}, "embedding": {"L": [{"N": "0"}, {"N": "1"}]}}
    dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": "words", "Item": item}}])
    assert keys(dynamodb, "words", 1, 0.1) == ["a", "b"]
    dynamodb.execute_statement(Statement="UPDATE words SET embedding = [-1, 0] WHERE pk = 'a'")
    assert keys(dynamodb, "words", 1, 0.1) == ["b", "a"]


def test_vector_indexes_come_and_go_with_templates(dynamodb: Any, aws: Any) -> None:
    stack = TableStack(aws)
    plain = {"AttributeDefinitions": attributes("pk"), "KeySchema": key("pk"), "BillingMode": "PAY_PER_REQUEST"}
    name = stack.put({**plain, "VectorIndexes": [{**vector_index("one"), "Dimensions": "2"}]})["Name"]
    put(dynamodb, name, "a", 1, 0)
    assert indexes_of(dynamodb, name) == {"one": "ACTIVE"}
    with_tenant = {**plain, "AttributeDefinitions": attributes("pk", "tenant")}
    stack.put({**with_tenant, "VectorIndexes": [PARTITIONED, vector_index("two")]})
    assert indexes_of(dynamodb, name) == {"alike": "ACTIVE", "two": "ACTIVE"}
    reason = stack.refused({**with_tenant, "VectorIndexes": [vector_index("two", Dimensions=3), PARTITIONED]})
    assert "Cannot update properties of vector index two" in reason
    units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    stack.put({**plain, "BillingMode": "PROVISIONED", "ProvisionedThroughput": units})
    assert indexes_of(dynamodb, name) == {}
    wrong = {**plain, "VectorIndexes": [{**vector_index("two"), "Metric": "COSINE"}]}
    assert "extraneous key [Metric] is not permitted" in stack.refused(wrong)


def test_global_tables_in_templates_have_vector_indexes_everywhere(dynamodb: Any, aws: Any) -> None:
    stack = TableStack(aws)
    properties = {
        "AttributeDefinitions": attributes("pk"),
        "KeySchema": key("pk"),
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "Replicas": [{"Region": "us-east-1"}, {"Region": "eu-west-1"}],
        "VectorIndexes": [vector_index()],
    }
    name = stack.put(properties, GLOBAL_TABLE)["Name"]
    put(dynamodb, name, "a", 1, 0)
    assert keys(aws.client("dynamodb", region_name="eu-west-1"), name, 1, 0) == ["a"]


def test_a_table_that_is_deleted_leaves_no_entries_to_one_of_its_name(aws: Any, words: Any) -> None:
    words.delete_table(TableName="words")
    aws.idle()
    make_table(words, "words")
    words.update_table(TableName="words", AttributeDefinitions=[TENANT], VectorIndexUpdates=[{"Create": PARTITIONED}])
    aws.idle()
    assert keys(words, "words", 1, 0, **MINE) == []


@pytest.mark.parametrize("seed", [1, 2])
def test_after_any_writes_an_index_holds_what_the_table_holds(aws: Any, dynamodb: Any, seed: int) -> None:
    choose = random.Random(seed)
    make_vector_table(dynamodb, "words", PARTITIONED, attributes={"tenant": "S"})
    for step in range(120):
        if step == 60:
            dynamodb.update_table(TableName="words", VectorIndexUpdates=[{"Create": vector_index("late")}])
        _write_something(dynamodb, choose)
    aws.idle()
    items = dynamodb.scan(TableName="words")["Items"]
    embedded_items = [item for item in items if "embedding" in item]
    assert sorted(keys(dynamodb, "words", 1, 0, count=100, IndexName="late")) == sorted(
        item["pk"]["S"] for item in embedded_items
    )
    for tenant in "tu":
        wanted = {
            item["pk"]["S"]: _distance([float(one["N"]) for one in item["embedding"]["L"]])
            for item in embedded_items
            if item.get("tenant") == {"S": tenant}
        }
        found = search(dynamodb, "words", 1, 0, count=100, **where("tenant = :t", t=tenant))["SearchResults"]
        assert {one["Item"]["pk"]["S"]: one["Score"] for one in found} == pytest.approx(wanted, abs=1e-6)
        assert [one["Score"] for one in found] == sorted(one["Score"] for one in found)


def _distance(numbers: list[float]) -> float:
    """The cosine distance from (1, 0)."""
    return 1 - numbers[0] / math.hypot(*numbers)


def _write_something(client: Any, choose: random.Random) -> None:
    """One write of any kind to some of twelve items."""
    place = {"TableName": "words", "Key": {"pk": {"S": f"k{choose.randrange(12)}"}}}
    numbers = embedded(choose.choice((-2, -1, 1, 2)), choose.randrange(-3, 4))
    item: dict[str, Any] = {**place["Key"], "embedding": numbers, "n": {"N": str(choose.randrange(9))}}
    if choose.random() < 0.8:
        item["tenant"] = {"S": choose.choice("tu")}
    change = choose.choice(
        ("SET embedding = :v", "SET embedding[1] = :n", "REMOVE embedding", "REMOVE tenant", "SET tenant = :t")
    )
    values = {":v": numbers, ":n": {"N": "0.5"}, ":t": {"S": choose.choice("tu")}}
    used = {name: value for name, value in values.items() if name in change}
    update = {**place, "UpdateExpression": change, **({"ExpressionAttributeValues": used} if used else {})}
    put_one = {"TableName": "words", "Item": item}
    try:
        match choose.randrange(6):
            case 0:
                client.put_item(**put_one)
            case 1:
                client.delete_item(**place)
            case 2:
                client.batch_write_item(RequestItems={"words": [{"PutRequest": {"Item": item}}]})
            case 3:
                client.transact_write_items(TransactItems=[{"Put": put_one}])
            case _:
                client.update_item(**update)
    except client.exceptions.ClientError as error:
        # The item has no list, or the list is not there to be changed.
        assert error.response["Error"]["Code"] == "ValidationException", error


def test_searches_go_on_while_items_come_and_go(dynamodb: Any) -> None:
    make_vector_table(dynamodb, "words", vector_index(Dimensions=1500))
    numbers = embedded(*[1] * 1500)
    puts = [{"PutRequest": {"Item": {"pk": {"S": f"k{at}"}, "embedding": numbers}}} for at in range(25)]
    removals = [{"DeleteRequest": {"Key": {"pk": {"S": f"k{at}"}}}} for at in range(25)]

    def write(_: int) -> None:
        dynamodb.batch_write_item(RequestItems={"words": puts})
        dynamodb.batch_write_item(RequestItems={"words": removals})

    with ThreadPoolExecutor(4) as pool:
        written = pool.map(write, range(4))
        found = list(pool.map(lambda _: keys(dynamodb, "words", *[1] * 1500, count=100), range(12)))
        list(written)
    assert all(len(set(names)) == len(names) <= 25 for names in found)
    assert keys(dynamodb, "words", *[1] * 1500) == []
