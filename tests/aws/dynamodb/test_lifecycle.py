"""Tables that come, change and go as slowly as on AWS: `SEREIN_LIFECYCLE=realistic`."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serein.testing import ServerProcess
from tests.aws.dynamodb.conftest import index, make_table, refusal
from tests.aws.dynamodb.realistic import RAW, REALISTIC, Restarted
from tests.conftest import Aws

IN_USE = "Attempt to change a resource which is still in use: Table is being {doing}: orders"
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = ServerProcess(tmp_path_factory.mktemp("data"), REALISTIC)
    yield server.endpoint
    server.stop()


@pytest.fixture
def real(endpoint: str) -> Aws:
    return Aws(endpoint)


@pytest.fixture
def client(real: Aws) -> Any:
    return real.client("dynamodb", config=RAW)


def described(client: Any, name: str = "orders") -> dict[str, Any]:
    found: dict[str, Any] = client.describe_table(TableName=name)["Table"]
    return found


def indexes(client: Any) -> dict[str, tuple[str, Any]]:
    """Status and Backfilling of each index."""
    found = described(client).get("GlobalSecondaryIndexes", [])
    return {one["IndexName"]: (one["IndexStatus"], one.get("Backfilling")) for one in found}


def add_index(client: Any, name: str = "by-g") -> dict[str, Any]:
    reply = client.update_table(
        TableName="orders",
        AttributeDefinitions=[{"AttributeName": "g", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": index(name, "g")}],
    )
    found: dict[str, Any] = reply["TableDescription"]
    return found


def drop_index(client: Any, name: str = "by-g") -> dict[str, Any]:
    reply = client.update_table(TableName="orders", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": name}}])
    found: dict[str, Any] = reply["TableDescription"]
    return found


def test_a_table_that_is_being_created_is_there_for_nobody_but_describe(real: Aws, client: Any) -> None:
    make_table(client, "orders", attributes={"g": "S"}, GlobalSecondaryIndexes=[index("by-g", "g")])
    assert described(client)["TableStatus"] == "CREATING"
    assert indexes(client) == {"by-g": ("CREATING", None)}
    missing = ("ResourceNotFoundException", "Requested resource not found")
    assert refusal(client.put_item, TableName="orders", Item={"pk": {"S": "1"}}) == missing
    assert refusal(client.get_item, TableName="orders", Key={"pk": {"S": "1"}}) == missing
    assert refusal(client.scan, TableName="orders") == missing
    in_use = ("ResourceInUseException", IN_USE.format(doing="created"))
    assert refusal(client.update_table, TableName="orders", DeletionProtectionEnabled=True) == in_use
    assert refusal(client.delete_table, TableName="orders") == in_use
    arn = described(client)["TableArn"]
    assert refusal(client.tag_resource, ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}]) == in_use
    policy = '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "dynamodb:*", "Resource": "*"}}'
    assert refusal(client.put_resource_policy, ResourceArn=arn, Policy=policy) == in_use
    wanted = {"Enabled": True, "AttributeName": "ttl"}
    assert refusal(client.update_time_to_live, TableName="orders", TimeToLiveSpecification=wanted) == in_use
    assert refusal(make_table, client=client, name="orders") == (
        "ResourceInUseException",
        "Table already exists: orders",
    )
    real.advance(7.9)
    assert described(client)["TableStatus"] == "CREATING"
    real.advance(0.1)
    assert described(client)["TableStatus"] == "ACTIVE"
    assert indexes(client) == {"by-g": ("ACTIVE", None)}
    client.put_item(TableName="orders", Item={"pk": {"S": "1"}})


def test_a_table_is_updating_for_a_while_and_takes_items_meanwhile(real: Aws, client: Any) -> None:
    make_table(client, "orders", BillingMode="PROVISIONED", ProvisionedThroughput=UNITS)
    real.advance(8)
    reply = client.update_table(TableName="orders", ProvisionedThroughput={**UNITS, "ReadCapacityUnits": 6})
    assert reply["TableDescription"]["TableStatus"] == "UPDATING"
    assert described(client)["TableStatus"] == "UPDATING"
    client.put_item(TableName="orders", Item={"pk": {"S": "1"}})
    in_use = ("ResourceInUseException", IN_USE.format(doing="updated"))
    assert refusal(client.update_table, TableName="orders", DeletionProtectionEnabled=True) == in_use
    assert refusal(client.delete_table, TableName="orders") == in_use
    real.advance(6)
    assert described(client)["TableStatus"] == "ACTIVE"
    assert described(client)["ProvisionedThroughput"]["ReadCapacityUnits"] == 6


def test_a_table_that_is_being_deleted_keeps_its_name(real: Aws, client: Any) -> None:
    make_table(client, "orders")
    real.advance(8)
    client.put_item(TableName="orders", Item={"pk": {"S": "1"}})
    assert client.delete_table(TableName="orders")["TableDescription"]["TableStatus"] == "DELETING"
    assert described(client)["TableStatus"] == "DELETING"
    assert client.list_tables()["TableNames"] == ["orders"]
    assert refusal(client.get_item, TableName="orders", Key={"pk": {"S": "1"}})[0] == "ResourceNotFoundException"
    assert refusal(client.update_table, TableName="orders", DeletionProtectionEnabled=True) == (
        "ResourceInUseException",
        IN_USE.format(doing="deleted"),
    )
    assert refusal(make_table, client=client, name="orders")[0] == "ResourceInUseException"
    assert client.delete_table(TableName="orders")["TableDescription"]["TableStatus"] == "DELETING"
    real.advance(6)
    assert refusal(client.describe_table, TableName="orders") == (
        "ResourceNotFoundException",
        "Requested resource not found: Table: orders not found",
    )
    make_table(client, "orders")
    real.advance(8)
    assert client.scan(TableName="orders")["Count"] == 0


def test_an_index_is_allocated_filled_and_deleted(real: Aws, client: Any) -> None:
    make_table(client, "orders")
    real.advance(8)
    for number in range(30):
        client.put_item(TableName="orders", Item={"pk": {"S": str(number)}, "g": {"S": "a"}})
    assert add_index(client)["TableStatus"] == "UPDATING"
    assert indexes(client) == {"by-g": ("CREATING", False)}
    query = {
        "TableName": "orders",
        "IndexName": "by-g",
        "KeyConditionExpression": "g = :g",
        "ExpressionAttributeValues": {":g": {"S": "a"}},
    }
    assert refusal(client.query, **query) == (
        "ValidationException",
        "Cannot read from backfilling global secondary index: by-g",
    )
    assert refusal(add_index, client=client, name="another")[0] == "ResourceInUseException"
    client.put_item(TableName="orders", Item={"pk": {"S": "meanwhile"}, "g": {"S": "a"}})
    real.advance(10)
    assert described(client)["TableStatus"] == "ACTIVE"
    assert indexes(client) == {"by-g": ("ACTIVE", None)}
    assert client.query(**query)["Count"] == 31
    assert drop_index(client)["TableStatus"] == "UPDATING"
    assert indexes(client) == {"by-g": ("DELETING", None)}
    assert {"AttributeName": "g", "AttributeType": "S"} in described(client)["AttributeDefinitions"]
    assert refusal(client.query, **query)[0] == "ValidationException"
    client.put_item(TableName="orders", Item={"pk": {"S": "0"}, "g": {"N": "1"}})
    real.advance(6)
    assert indexes(client) == {}
    assert len(described(client)["AttributeDefinitions"]) == 1


def test_throughput_of_an_index_is_updating_for_a_while(real: Aws, client: Any) -> None:
    by_g = {**index("by-g", "g"), "ProvisionedThroughput": UNITS}
    make_table(
        client,
        "orders",
        attributes={"g": "S"},
        BillingMode="PROVISIONED",
        ProvisionedThroughput=UNITS,
        GlobalSecondaryIndexes=[by_g],
    )
    real.advance(8)
    update = {"IndexName": "by-g", "ProvisionedThroughput": {**UNITS, "WriteCapacityUnits": 9}}
    client.update_table(TableName="orders", GlobalSecondaryIndexUpdates=[{"Update": update}])
    assert indexes(client) == {"by-g": ("UPDATING", None)}
    real.advance(6)
    assert indexes(client) == {"by-g": ("ACTIVE", None)}


def test_encryption_is_updating_for_a_while(real: Aws, client: Any) -> None:
    make_table(client, "orders")
    real.advance(8)
    client.update_table(TableName="orders", SSESpecification={"Enabled": True, "SSEType": "KMS"})
    assert described(client)["SSEDescription"]["Status"] == "UPDATING"
    real.advance(6)
    assert described(client)["SSEDescription"]["Status"] == "ENABLED"
    client.update_table(TableName="orders", SSESpecification={"Enabled": False})
    assert described(client)["SSEDescription"]["Status"] == "UPDATING"
    real.advance(6)
    assert "SSEDescription" not in described(client)


def test_time_to_live_is_changed_once_an_hour(real: Aws, client: Any) -> None:
    make_table(client, "orders")
    real.advance(8)
    on, off = {"Enabled": True, "AttributeName": "ttl"}, {"Enabled": False, "AttributeName": "ttl"}

    def status() -> str:
        return str(client.describe_time_to_live(TableName="orders")["TimeToLiveDescription"]["TimeToLiveStatus"])

    client.update_time_to_live(TableName="orders", TimeToLiveSpecification=on)
    assert status() == "ENABLING"
    real.advance(60)
    assert status() == "ENABLED"
    assert refusal(client.update_time_to_live, TableName="orders", TimeToLiveSpecification=on) == (
        "ValidationException",
        "TimeToLive is already enabled",
    )
    assert refusal(client.update_time_to_live, TableName="orders", TimeToLiveSpecification=off) == (
        "ValidationException",
        "Time to live has been modified multiple times within a fixed interval",
    )
    real.advance(3600)
    client.update_time_to_live(TableName="orders", TimeToLiveSpecification=off)
    assert status() == "DISABLING"
    real.advance(60)
    assert status() == "DISABLED"


def test_waiters_return_when_tables_are_there_and_gone(real: Aws, client: Any) -> None:
    def advance_until(done: threading.Event) -> None:
        while not done.wait(0.05):
            real.advance(1)

    for waiter, change in (
        ("table_exists", lambda: make_table(client, "orders")),
        ("table_not_exists", lambda: client.delete_table(TableName="orders")),
    ):
        change()
        done = threading.Event()
        advancing = threading.Thread(target=advance_until, args=(done,))
        advancing.start()
        try:
            client.get_waiter(waiter).wait(TableName="orders", WaiterConfig={"Delay": 0.05, "MaxAttempts": 400})
        finally:
            done.set()
            advancing.join()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Restarted]:
    started = Restarted(tmp_path / "data", REALISTIC)
    yield started
    started.stop()


def test_tables_go_on_coming_changing_and_going_after_a_crash(server: Restarted) -> None:
    make_table(server.dynamodb, "orders")
    make_table(server.dynamodb, "gone")
    server.crash()
    assert described(server.dynamodb)["TableStatus"] == "CREATING"
    server.aws.advance(8)
    server.dynamodb.put_item(TableName="orders", Item={"pk": {"S": "1"}, "g": {"S": "a"}})
    server.dynamodb.delete_table(TableName="gone")
    add_index(server.dynamodb)
    server.crash()
    assert indexes(server.dynamodb) == {"by-g": ("CREATING", False)}
    assert described(server.dynamodb, "gone")["TableStatus"] == "DELETING"
    server.aws.advance(30)  # a new virtual clock begins with the machine's time
    assert indexes(server.dynamodb) == {"by-g": ("ACTIVE", None)}
    assert server.dynamodb.scan(TableName="orders", IndexName="by-g")["Count"] == 1
    assert server.dynamodb.list_tables()["TableNames"] == ["orders"]


def test_five_hundred_tables_change_at_once_at_most(real: Aws, client: Any) -> None:
    for number in range(500):
        make_table(client, f"table-{number}")
    assert refusal(make_table, client=client, name="one-more") == (
        "LimitExceededException",
        "Subscriber limit exceeded: Only 500 tables can be created, updated, or deleted simultaneously",
    )
    real.advance(8)
    make_table(client, "one-more")


def test_an_index_comes_to_all_replicas_and_goes(real: Aws, client: Any) -> None:
    make_table(client, "orders", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    real.advance(8)
    client.put_item(TableName="orders", Item={"pk": {"S": "1"}, "g": {"S": "a"}})
    client.update_table(TableName="orders", ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])
    real.advance(1)
    there = real.client("dynamodb", region_name="eu-west-1", config=RAW)
    add_index(client)
    assert indexes(there) == {"by-g": ("CREATING", False)}
    real.advance(10)
    for one in (client, there):
        assert indexes(one) == {"by-g": ("ACTIVE", None)}
        assert one.scan(TableName="orders", IndexName="by-g")["Count"] == 1
    drop_index(client)
    assert indexes(there) == {"by-g": ("DELETING", None)}
    real.advance(6)
    assert indexes(client) == indexes(there) == {}


def test_an_account_has_2500_tables_at_most_wherever_they_come_from(tmp_path: Path) -> None:
    server = Restarted(tmp_path / "data", {})
    make_table(server.dynamodb, "table")
    backup = server.dynamodb.create_backup(TableName="table", BackupName="backup")["BackupDetails"]["BackupArn"]
    server.aws.client("s3").create_bucket(Bucket="imports")
    (path,) = (tmp_path / "data").glob("*.db")
    database = sqlite3.connect(path, timeout=10)
    with database:
        copy = (
            "INSERT INTO dynamodb_tables (account, region, name, id, definition) "
            "SELECT account, ?, name || ?, id + ?, definition FROM dynamodb_tables WHERE name = 'table'"
        )
        database.executemany(copy, [("us-east-1", f"-{number}", number) for number in range(1, 2500)])
        database.executemany(copy, [("eu-west-1", f"-{number}", 5000 + number) for number in range(2500)])
    database.close()
    server.crash()
    client = server.dynamodb
    full = ("LimitExceededException", "Subscriber limit exceeded: Maximum number of tables exceeded: 2500")
    assert refusal(make_table, client=client, name="one-more") == full
    assert refusal(client.restore_table_from_backup, TargetTableName="one-more", BackupArn=backup) == full
    imported = {
        "TableName": "one-more",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    source = {"S3BucketSource": {"S3Bucket": "imports"}, "InputFormat": "CSV"}
    assert refusal(client.import_table, TableCreationParameters=imported, **source) == full
    replica = [{"Create": {"RegionName": "eu-west-1"}}]
    assert refusal(client.update_table, TableName="table", ReplicaUpdates=replica) == full
    assert "Replicas" not in described(client, "table")
    make_table(server.aws.client("dynamodb", region_name="us-west-2"), "elsewhere")
    server.stop()


def test_a_stack_waits_for_its_table_without_keeping_the_platform_busy(real: Aws, client: Any) -> None:
    cloudformation = real.client("cloudformation")
    table = {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    }
    topic = {"Type": "AWS::SNS::Topic", "DependsOn": ["First", "Second"]}
    template = json.dumps({"Resources": {"First": table, "Second": table, "After": topic}})
    cloudformation.create_stack(StackName="slow", TemplateBody=template)
    real.idle()
    (stack,) = cloudformation.describe_stacks(StackName="slow")["Stacks"]
    assert stack["StackStatus"] == "CREATE_IN_PROGRESS"
    real.advance(120)
    (stack,) = cloudformation.describe_stacks(StackName="slow")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert [described(client, name)["TableStatus"] for name in client.list_tables()["TableNames"]] == ["ACTIVE"] * 2
