"""Item collections and their limit of 10 GB, on a server whose counts are set to what nobody would store in a test."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.aws.dynamodb.conftest import index, make_table, refusal
from tests.aws.dynamodb.realistic import Restarted

GIGABYTE = 1024**3
TOO_LARGE = ("ItemCollectionSizeLimitExceededException", "Collection size exceeded.")


class Counted:
    """A server, and the counts in its data folder."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self.server = Restarted(data, {})

    @property
    def client(self) -> Any:
        return self.server.dynamodb

    def sizes(self) -> list[int]:
        return [size for (size,) in self._run("SELECT size FROM dynamodb_collections ORDER BY size")]

    def set_size(self, size: int) -> None:
        """Set the size of every collection; the server is started again."""
        self._run("UPDATE dynamodb_collections SET size = ?", size)
        self.server.crash()

    def forget(self) -> None:
        """Make the tables what they were before sizes were counted; the server is started again."""
        self._run("DELETE FROM dynamodb_collections")
        old = "REPLACE(definition, '\"counts_collections\":true', '\"counts_collections\":false')"
        self._run(f"UPDATE dynamodb_tables SET definition = {old}")
        self.server.crash()

    def _run(self, sql: str, *values: int) -> list[Any]:
        (path,) = self._data.glob("*.db")
        database = sqlite3.connect(path, timeout=10)
        with database:
            rows = database.execute(sql, values).fetchall()
        database.close()
        return rows


@pytest.fixture
def counted(tmp_path: Path) -> Iterator[Counted]:
    started = Counted(tmp_path / "data")
    make_table(
        started.client,
        "orders",
        range_key="sk:S",
        attributes={"at": "S"},
        LocalSecondaryIndexes=[index("by-at", "pk", "at", "KEYS_ONLY")],
    )
    yield started
    started.server.stop()


def put(client: Any, sk: str, text: str = "", pk: str = "p", **options: Any) -> Any:
    item = {"pk": {"S": pk}, "sk": {"S": sk}, "text": {"S": text}}
    return client.put_item(TableName="orders", Item=item, **options)


def test_sizes_follow_every_write(counted: Counted) -> None:
    client = counted.client
    put(client, "a", "x" * 90)
    assert counted.sizes() == [100]
    put(client, "a", "x" * 190)
    assert counted.sizes() == [200]
    key = {"TableName": "orders", "Key": {"pk": {"S": "p"}, "sk": {"S": "a"}}}
    values = {"ExpressionAttributeNames": {"#at": "at"}, "ExpressionAttributeValues": {":at": {"S": "1"}}}
    client.update_item(**key, UpdateExpression="SET #at = :at", **values)
    assert counted.sizes() == [203 + (3 + 3 + 3) + 100]
    client.batch_write_item(RequestItems={"orders": [{"PutRequest": {"Item": {"pk": {"S": "q"}, "sk": {"S": "b"}}}}]})
    assert counted.sizes() == [6, 312]
    client.transact_write_items(TransactItems=[{"Delete": key}])
    assert counted.sizes() == [6]
    client.delete_table(TableName="orders")
    counted.server.aws.idle()
    assert counted.sizes() == []


def test_a_collection_of_10_gb_takes_no_more_and_can_shrink(counted: Counted) -> None:
    put(counted.client, "a", "x" * 1000)
    counted.set_size(10 * GIGABYTE - 50)
    client = counted.client
    sized = {"ReturnItemCollectionMetrics": "SIZE"}
    assert refusal(put, client=client, sk="b", text="x" * 100) == TOO_LARGE
    metrics = put(client, "b", "x" * 30, **sized)["ItemCollectionMetrics"]
    assert metrics == {"ItemCollectionKey": {"pk": {"S": "p"}}, "SizeEstimateRangeGB": [9.0, 10.0]}
    key = {"TableName": "orders", "Key": {"pk": {"S": "p"}, "sk": {"S": "b"}}}
    grow = {"UpdateExpression": "SET t = :t", "ExpressionAttributeValues": {":t": {"S": "x" * 100}}}
    assert refusal(client.update_item, **key, **grow) == TOO_LARGE
    item = {"pk": {"S": "p"}, "sk": {"S": "c"}, "text": {"S": "x" * 100}}
    assert refusal(client.batch_write_item, RequestItems={"orders": [{"PutRequest": {"Item": item}}]}) == TOO_LARGE
    statement = "INSERT INTO orders VALUE {'pk': 'p', 'sk': 'd', 'text': 'a text that is long enough'}"
    assert refusal(client.execute_statement, Statement=statement) == TOO_LARGE
    other = {"Put": {"TableName": "orders", "Item": {**item, "pk": {"S": "another"}}}}
    with pytest.raises(client.exceptions.TransactionCanceledException) as cancelled:
        client.transact_write_items(TransactItems=[other, {"Put": {"TableName": "orders", "Item": item}}])
    assert cancelled.value.response["CancellationReasons"] == [
        {"Code": "None"},
        {"Code": "ItemCollectionSizeLimitExceeded", "Message": "Collection size exceeded."},
    ]
    assert "Item" not in client.get_item(TableName="orders", Key={"pk": {"S": "another"}, "sk": {"S": "c"}})
    put(client, "a", "")
    put(client, "b", "x" * 500)


def test_other_collections_are_not_concerned(counted: Counted) -> None:
    put(counted.client, "a")
    counted.set_size(20 * GIGABYTE)
    put(counted.client, "a", "x" * 1000, pk="another")
    assert refusal(put, client=counted.client, sk="a", text="more") == TOO_LARGE


def test_metrics_tell_a_range_from_the_real_size(counted: Counted) -> None:
    put(counted.client, "a", "x" * 1000)
    counted.set_size(3 * GIGABYTE + 5)
    client = counted.client
    sized = {"ReturnItemCollectionMetrics": "SIZE"}
    item = {"pk": {"S": "p"}, "sk": {"S": "b"}}
    expected = {"ItemCollectionKey": {"pk": {"S": "p"}}, "SizeEstimateRangeGB": [3.0, 4.0]}
    put_b = [{"PutRequest": {"Item": item}}, {"PutRequest": {"Item": {**item, "sk": {"S": "c"}}}}]
    reply = client.batch_write_item(RequestItems={"orders": put_b}, **sized)
    assert reply["ItemCollectionMetrics"] == {"orders": [expected]}
    write = {"Put": {"TableName": "orders", "Item": item}}
    reply = client.transact_write_items(TransactItems=[write], **sized)
    assert reply["ItemCollectionMetrics"] == {"orders": [expected]}
    assert client.delete_item(TableName="orders", Key=item, **sized)["ItemCollectionMetrics"] == expected


def test_backups_are_restored_with_their_counts(counted: Counted) -> None:
    put(counted.client, "a", "x" * 90)
    backup = counted.client.create_backup(TableName="orders", BackupName="one")["BackupDetails"]["BackupArn"]
    counted.server.aws.idle()
    counted.client.restore_table_from_backup(TargetTableName="restored", BackupArn=backup)
    counted.server.aws.idle()
    assert counted.sizes() == [100, 100]


def test_tables_from_before_are_counted_when_that_is_needed(counted: Counted) -> None:
    for number in range(3):
        put(counted.client, f"{number}", "x" * 91)
    put(counted.client, "a", "x" * 90, pk="q")
    assert counted.sizes() == [100, 3 * 101]
    counted.forget()
    client = counted.client
    key = {"TableName": "orders", "Key": {"pk": {"S": "p"}, "sk": {"S": "0"}}}
    metrics = client.delete_item(**key, ReturnItemCollectionMetrics="SIZE")["ItemCollectionMetrics"]
    assert metrics["SizeEstimateRangeGB"] == [0.0, 1.0]
    assert counted.sizes() == [2 * 101], "a collection is counted with its first write"
    put(client, "1", "x" * 191)
    put(client, "a", "", pk="new")
    assert counted.sizes() == [12, 302]
    counted.set_size(20 * GIGABYTE)
    assert refusal(put, client=counted.client, sk="2", text="x" * 200) == TOO_LARGE
    counted.client.delete_table(TableName="orders")
    counted.server.aws.idle()
    assert counted.sizes() == []
