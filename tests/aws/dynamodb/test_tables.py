"""Tables: creating, changing, describing, deleting; expiry, tags and backups' settings."""

from typing import Any

import pytest

from aws.dynamodb.conftest import index, make_table, refusal

THROUGHPUT = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 2}


def test_a_table_is_described_as_it_was_created(aws: Any, dynamodb: Any) -> None:
    created = dynamodb.create_table(
        TableName="orders",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "g", "AttributeType": "N"},
        ],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        ProvisionedThroughput=THROUGHPUT,
        GlobalSecondaryIndexes=[{**index("by-g", "g"), "ProvisionedThroughput": THROUGHPUT}],
        Tags=[{"Key": "team", "Value": "blue"}],
    )["TableDescription"]
    assert created["TableStatus"] == "CREATING"
    aws.client("dynamodb").get_waiter("table_exists").wait(TableName="orders")
    table = dynamodb.describe_table(TableName="orders")["Table"]
    assert table["TableStatus"] == "ACTIVE"
    assert table["TableArn"] == f"arn:aws:dynamodb:{aws.region}:{aws.account}:table/orders"
    assert table["ProvisionedThroughput"] == {"NumberOfDecreasesToday": 0, **THROUGHPUT}
    (described,) = table["GlobalSecondaryIndexes"]
    assert described["IndexStatus"] == "ACTIVE"
    assert (table["ItemCount"], table["TableSizeBytes"]) == (0, 0)
    assert table["DeletionProtectionEnabled"] is False
    assert "BillingModeSummary" not in table
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "abc"}, "x": {"S": "1"}})
    table = dynamodb.describe_table(TableName="orders")["Table"]
    assert (table["ItemCount"], table["TableSizeBytes"]) == (1, 7)


def test_names_are_listed_in_order_and_pages(dynamodb: Any) -> None:
    for name in ("ccc", "aaa", "bbb"):
        make_table(dynamodb, name)
    page = dynamodb.list_tables(Limit=2)
    assert page["TableNames"] == ["aaa", "bbb"]
    page = dynamodb.list_tables(ExclusiveStartTableName=page["LastEvaluatedTableName"])
    assert page["TableNames"] == ["ccc"]
    assert "LastEvaluatedTableName" not in page


def test_a_deleted_table_is_gone_and_its_name_is_free_and_empty(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "gone", attributes={"g": "S"}, GlobalSecondaryIndexes=[index("by-g", "g")])
    dynamodb.put_item(TableName="gone", Item={"pk": {"S": "a"}, "g": {"S": "b"}})
    assert dynamodb.delete_table(TableName="gone")["TableDescription"]["TableStatus"] == "DELETING"
    assert refusal(dynamodb.describe_table, TableName="gone") == (
        "ResourceNotFoundException",
        "Requested resource not found: Table: gone not found",
    )
    make_table(dynamodb, "gone")
    assert dynamodb.scan(TableName="gone")["Count"] == 0
    aws.idle()


def test_a_protected_table_cannot_be_deleted(dynamodb: Any) -> None:
    make_table(dynamodb, "kept", DeletionProtectionEnabled=True)
    code, message = refusal(dynamodb.delete_table, TableName="kept")
    assert code == "ValidationException"
    assert "protected against deletion" in message
    dynamodb.update_table(TableName="kept", DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName="kept")


def test_a_name_is_taken_once(dynamodb: Any) -> None:
    make_table(dynamodb, "taken")
    with pytest.raises(dynamodb.exceptions.ResourceInUseException, match="Table already exists: taken"):
        make_table(dynamodb, "taken")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"BillingMode": "PROVISIONED"},
            "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be "
            "specified when BillingMode is PROVISIONED",
        ),
        (
            {"ProvisionedThroughput": THROUGHPUT},
            "One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be "
            "specified when BillingMode is PAY_PER_REQUEST",
        ),
        (
            {"attributes": {"g": "S"}},
            "One or more parameter values were invalid: Number of attributes in KeySchema does not exactly match "
            "number of attributes defined in AttributeDefinitions",
        ),
        (
            {"GlobalSecondaryIndexes": [index("by-g", "g")]},
            "One or more parameter values were invalid: Some index key attributes are not defined in "
            "AttributeDefinitions. Keys: [g], AttributeDefinitions: [pk]",
        ),
        (
            {"LocalSecondaryIndexes": [index("by-g", "pk", "g")], "attributes": {"g": "S"}},
            "One or more parameter values were invalid: Table KeySchema does not have a range key, which is required "
            "when specifying a LocalSecondaryIndex",
        ),
        (
            {"name": "ab"},
            "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: Member must have "
            "length greater than or equal to 3",
        ),
    ],
)
def test_a_wrong_table_is_refused_like_aws(dynamodb: Any, members: dict[str, Any], message: str) -> None:
    members = dict(members)
    name = members.pop("name", "wrong")
    assert refusal(lambda: make_table(dynamodb, name, **members)) == ("ValidationException", message)


def test_an_index_that_is_added_later_is_filled_with_what_is_there(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "grown")
    for at in range(30):
        dynamodb.put_item(TableName="grown", Item={"pk": {"S": str(at)}, "g": {"S": "x"} if at % 3 else {"N": "1"}})
    reply = dynamodb.update_table(
        TableName="grown",
        AttributeDefinitions=[{"AttributeName": "g", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": index("by-g", "g")}],
    )
    assert reply["TableDescription"]["GlobalSecondaryIndexes"][0]["IndexStatus"] == "CREATING"
    aws.idle()
    table = dynamodb.describe_table(TableName="grown")["Table"]
    assert table["GlobalSecondaryIndexes"][0]["IndexStatus"] == "ACTIVE"
    assert "Backfilling" not in table["GlobalSecondaryIndexes"][0]
    assert dynamodb.scan(TableName="grown", IndexName="by-g")["Count"] == 20
    dynamodb.update_table(TableName="grown", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-g"}}])
    assert "GlobalSecondaryIndexes" not in dynamodb.describe_table(TableName="grown")["Table"]
    aws.idle()


def test_billing_and_throughput_change(dynamodb: Any) -> None:
    make_table(dynamodb, "billed")
    dynamodb.update_table(TableName="billed", BillingMode="PROVISIONED", ProvisionedThroughput=THROUGHPUT)
    table = dynamodb.describe_table(TableName="billed")["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 2
    code, message = refusal(dynamodb.update_table, TableName="billed", ProvisionedThroughput=THROUGHPUT)
    assert code == "ValidationException"
    assert message.startswith("The provisioned throughput for the table will not change.")
    assert refusal(dynamodb.update_table, TableName="billed")[0] == "ValidationException"


def test_tags_are_added_listed_and_removed(dynamodb: Any) -> None:
    arn = make_table(dynamodb, "tagged", Tags=[{"Key": "a", "Value": "1"}])
    dynamodb.tag_resource(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    dynamodb.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    missing = arn.replace("tagged", "missing")
    assert refusal(dynamodb.list_tags_of_resource, ResourceArn=missing)[0] == "ResourceNotFoundException"


def test_items_expire_when_their_time_comes(aws: Any, dynamodb: Any, streams: Any) -> None:
    make_table(
        dynamodb, "expiring", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    )
    now = aws.clock.now()
    dynamodb.put_item(TableName="expiring", Item={"pk": {"S": "old"}, "ttl": {"N": str(int(now) + 60)}})
    wanted = {"Enabled": True, "AttributeName": "ttl"}
    dynamodb.update_time_to_live(TableName="expiring", TimeToLiveSpecification=wanted)
    described = dynamodb.describe_time_to_live(TableName="expiring")["TimeToLiveDescription"]
    assert described == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
    dynamodb.put_item(TableName="expiring", Item={"pk": {"S": "new"}, "ttl": {"N": str(int(now) + 120)}})
    dynamodb.put_item(TableName="expiring", Item={"pk": {"S": "text"}, "ttl": {"S": "never"}})
    aws.idle()
    aws.advance(90)
    assert {item["pk"]["S"] for item in dynamodb.scan(TableName="expiring")["Items"]} == {"new", "text"}
    aws.advance(60)
    assert {item["pk"]["S"] for item in dynamodb.scan(TableName="expiring")["Items"]} == {"text"}
    code, message = refusal(dynamodb.update_time_to_live, TableName="expiring", TimeToLiveSpecification=wanted)
    assert (code, message) == ("ValidationException", "TimeToLive is already enabled")


def test_point_in_time_recovery_is_switched_on_and_shown(dynamodb: Any) -> None:
    make_table(dynamodb, "backed")
    described = dynamodb.describe_continuous_backups(TableName="backed")["ContinuousBackupsDescription"]
    assert described["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"
    dynamodb.update_continuous_backups(
        TableName="backed", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    described = dynamodb.describe_continuous_backups(TableName="backed")["ContinuousBackupsDescription"]
    assert described["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert refusal(dynamodb.describe_continuous_backups, TableName="missing") == (
        "TableNotFoundException",
        "Table not found: missing",
    )


def test_limits_and_endpoints_are_told(dynamodb: Any) -> None:
    assert dynamodb.describe_limits()["TableMaxReadCapacityUnits"] == 40_000
    assert dynamodb.describe_endpoints()["Endpoints"][0]["CachePeriodInMinutes"] == 1440
