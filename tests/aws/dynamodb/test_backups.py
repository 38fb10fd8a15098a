"""Backups: made, listed, described, restored and deleted; exact while the table is being written."""

import itertools
import threading
from typing import Any

import pytest

from aws.dynamodb.conftest import index, make_table, refusal
from aws.dynamodb.whole_tables import contents, enable_recovery, fill, moment

DAY = 86_400


def back_up(client: Any, table: str, name: str = "backup") -> str:
    return str(client.create_backup(TableName=table, BackupName=name)["BackupDetails"]["BackupArn"])


def restore(aws: Any, client: Any, arn: str, target: str, **options: Any) -> dict[str, Any]:
    aws.idle()
    client.restore_table_from_backup(BackupArn=arn, TargetTableName=target, **options)
    aws.idle()
    described: dict[str, Any] = client.describe_table(TableName=target)["Table"]
    return described


def test_a_backup_holds_the_table_as_it_was(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "orders", attributes={"text": "S"}, GlobalSecondaryIndexes=[index("by-text", "text")])
    fill(dynamodb, "orders", 30)
    before = contents(dynamodb, "orders")
    arn = back_up(dynamodb, "orders")
    dynamodb.delete_item(TableName="orders", Key={"pk": {"S": "item-1"}})
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "item-2"}, "text": {"S": "new"}})
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "another"}})
    table = restore(aws, dynamodb, arn, "restored")
    assert contents(dynamodb, "restored") == before
    assert dynamodb.scan(TableName="restored", IndexName="by-text")["Count"] == 30
    assert table["TableStatus"] == "ACTIVE"
    assert table["RestoreSummary"]["SourceBackupArn"] == arn
    assert table["RestoreSummary"]["RestoreInProgress"] is False
    # A restored table is one like any other.
    dynamodb.put_item(TableName="restored", Item={"pk": {"S": "item-1"}, "text": {"S": "changed"}})
    changed = dynamodb.query(
        TableName="restored",
        IndexName="by-text",
        KeyConditionExpression="#text = :text",
        ExpressionAttributeNames={"#text": "text"},
        ExpressionAttributeValues={":text": {"S": "changed"}},
    )
    assert changed["Count"] == 1


def test_a_backup_is_described_with_its_table(aws: Any, dynamodb: Any) -> None:
    table_arn = make_table(
        dynamodb,
        "orders",
        range_key="sk:N",
        attributes={"group": "S"},
        GlobalSecondaryIndexes=[index("by-group", "group", "", "KEYS_ONLY")],
        LocalSecondaryIndexes=[index("local", "pk", "group")],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    dynamodb.update_time_to_live(
        TableName="orders", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "a"}, "sk": {"N": "1"}})
    created = dynamodb.create_backup(TableName="orders", BackupName="nightly")["BackupDetails"]
    assert created["BackupStatus"] == "CREATING"
    assert created["BackupType"] == "USER"
    assert created["BackupName"] == "nightly"
    assert created["BackupArn"].startswith(f"{table_arn}/backup/0")
    aws.idle()
    described = dynamodb.describe_backup(BackupArn=created["BackupArn"])["BackupDescription"]
    assert described["BackupDetails"]["BackupStatus"] == "AVAILABLE"
    assert described["BackupDetails"]["BackupSizeBytes"] == 7
    assert "BackupExpiryDateTime" not in described["BackupDetails"]
    source = described["SourceTableDetails"]
    table = dynamodb.describe_table(TableName="orders")["Table"]
    assert source["TableName"] == "orders"
    assert source["TableArn"] == table_arn
    assert source["TableId"] == table["TableId"]
    assert source["ItemCount"] == 1
    assert source["TableSizeBytes"] == 7
    assert source["KeySchema"] == table["KeySchema"]
    assert source["BillingMode"] == "PAY_PER_REQUEST"
    features = described["SourceTableFeatureDetails"]
    assert [one["IndexName"] for one in features["GlobalSecondaryIndexes"]] == ["by-group"]
    assert features["GlobalSecondaryIndexes"][0]["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert [one["IndexName"] for one in features["LocalSecondaryIndexes"]] == ["local"]
    assert features["StreamDescription"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    assert features["TimeToLiveDescription"] == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}


def test_backups_are_exact_while_the_table_is_being_written(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "events")
    fill(dynamodb, "events", 1500, size_bytes=800, prefix="old")
    numbers = itertools.count()
    written = -1
    is_over = threading.Event()

    def write() -> None:
        nonlocal written
        client = aws.client("dynamodb")
        for number in numbers:
            # One transaction each: a new item, and the number of the latest in another.
            new = {"pk": {"S": f"new-{number}"}}
            latest = {"pk": {"S": "latest"}, "n": {"N": str(number)}}
            client.transact_write_items(
                TransactItems=[
                    {"Put": {"TableName": "events", "Item": new}},
                    {"Put": {"TableName": "events", "Item": latest}},
                    {"Delete": {"TableName": "events", "Key": {"pk": {"S": f"old-{number}"}}}},
                ]
            )
            written = number
            if is_over.is_set():
                return

    writer = threading.Thread(target=write)
    writer.start()
    backups = []
    try:
        while written < 20:
            pass
        for _ in range(3):
            before = written
            arn = back_up(dynamodb, "events")
            backups.append((arn, before, written + 1))
    finally:
        is_over.set()
        writer.join()
    aws.idle()
    for position, (arn, least, most) in enumerate(backups):
        restore(aws, dynamodb, arn, f"restored-{position}")
        found = contents(dynamodb, f"restored-{position}")
        latest = int(found["latest"]["n"]["N"])
        assert least <= latest <= most
        expected = {f"new-{number}" for number in range(latest + 1)}
        expected |= {f"old-{number}" for number in range(latest + 1, 1500)} | {"latest"}
        assert found.keys() == expected


def test_a_table_that_is_deleted_with_recovery_leaves_a_system_backup(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "orders", attributes={"text": "S"}, GlobalSecondaryIndexes=[index("by-text", "text")])
    fill(dynamodb, "orders", 40)
    enable_recovery(dynamodb, "orders")
    dynamodb.delete_item(TableName="orders", Key={"pk": {"S": "item-7"}})
    before = contents(dynamodb, "orders")
    dynamodb.delete_table(TableName="orders")
    aws.idle()
    assert dynamodb.list_backups(TableName="orders")["BackupSummaries"] == []
    (backup,) = dynamodb.list_backups(TableName="orders", BackupType="SYSTEM")["BackupSummaries"]
    assert backup["BackupName"] == "orders$DeletedTableBackup"
    assert backup["BackupType"] == "SYSTEM"
    assert backup["BackupStatus"] == "AVAILABLE"
    assert (backup["BackupExpiryDateTime"] - backup["BackupCreationDateTime"]).total_seconds() == 35 * DAY
    # The name is free again, and the backup doesn't mind what is made of it.
    make_table(dynamodb, "orders")
    restore(aws, dynamodb, backup["BackupArn"], "restored")
    assert contents(dynamodb, "restored") == before
    assert dynamodb.scan(TableName="restored", IndexName="by-text")["Count"] == 39
    aws.advance(36 * DAY)
    assert dynamodb.list_backups(BackupType="ALL")["BackupSummaries"] == []
    assert contents(dynamodb, "restored") == before


def test_a_table_without_recovery_leaves_no_backup(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "orders")
    arn = back_up(dynamodb, "orders")
    aws.idle()
    dynamodb.delete_table(TableName="orders")
    aws.idle()
    listed = dynamodb.list_backups(TableName="orders", BackupType="ALL")["BackupSummaries"]
    assert [one["BackupArn"] for one in listed] == [arn]


def test_backups_are_listed_by_table_type_and_time(aws: Any, dynamodb: Any) -> None:
    start = round(aws.clock.now()) + 1
    aws.advance(start - aws.clock.now())
    arns = {}
    for table in ("one", "two", "three"):
        make_table(dynamodb, f"table-{table}")
        for number in range(2):
            arns[table, number] = back_up(dynamodb, f"table-{table}", f"backup-{number}")
            aws.advance(60)

    def listed(**request: Any) -> set[str]:
        return {one["BackupArn"] for one in dynamodb.list_backups(**request)["BackupSummaries"]}

    assert listed() == set(arns.values())
    assert listed(BackupType="ALL") == set(arns.values())
    assert listed(BackupType="USER") == set(arns.values())
    assert listed(BackupType="SYSTEM") == listed(BackupType="AWS_BACKUP") == set()
    assert listed(TableName="table-two") == {arns["two", 0], arns["two", 1]}
    table_arn = dynamodb.describe_table(TableName="table-two")["Table"]["TableArn"]
    assert listed(TableName=table_arn) == {arns["two", 0], arns["two", 1]}
    assert listed(TableName="table-none") == set()
    assert listed(TimeRangeLowerBound=moment(start + 240)) == {arns["three", 0], arns["three", 1]}
    assert listed(TimeRangeUpperBound=moment(start + 60)) == {arns["one", 0]}
    both = listed(TimeRangeLowerBound=moment(start + 60), TimeRangeUpperBound=moment(start + 180))
    assert both == {arns["one", 1], arns["two", 0]}


def test_backups_are_listed_in_pages(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "orders")
    arns = {back_up(dynamodb, "orders", f"backup-{number}") for number in range(5)}
    found: list[str] = []
    request: dict[str, Any] = {"Limit": 2}
    pages = 0
    while True:
        reply = dynamodb.list_backups(**request)
        pages += 1
        found += [one["BackupArn"] for one in reply["BackupSummaries"]]
        if "LastEvaluatedBackupArn" not in reply:
            break
        assert len(reply["BackupSummaries"]) == 2
        assert reply["LastEvaluatedBackupArn"] == found[-1]
        request["ExclusiveStartBackupArn"] = reply["LastEvaluatedBackupArn"]
    assert pages == 3
    assert len(found) == 5
    assert set(found) == arns


def test_a_deleted_backup_is_gone(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "orders")
    fill(dynamodb, "orders", 10)
    arn = back_up(dynamodb, "orders")
    aws.idle()
    deleted = dynamodb.delete_backup(BackupArn=arn)["BackupDescription"]
    assert deleted["BackupDetails"]["BackupStatus"] == "DELETED"
    assert deleted["SourceTableDetails"]["ItemCount"] == 10
    assert dynamodb.list_backups()["BackupSummaries"] == []
    missing = ("BackupNotFoundException", f"Backup not found: {arn}")
    assert refusal(dynamodb.describe_backup, BackupArn=arn) == missing
    assert refusal(dynamodb.delete_backup, BackupArn=arn) == missing
    assert refusal(dynamodb.restore_table_from_backup, BackupArn=arn, TargetTableName="restored") == missing


def test_backups_belong_to_their_account(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "orders")
    arn = back_up(dynamodb, "orders")
    other = type(aws)(aws.endpoint).client("dynamodb")
    assert refusal(other.describe_backup, BackupArn=arn)[0] == "BackupNotFoundException"
    assert other.list_backups()["BackupSummaries"] == []


def test_overrides_of_a_restore_from_a_backup(aws: Any, dynamodb: Any) -> None:
    units = {"ReadCapacityUnits": 2, "WriteCapacityUnits": 3}
    make_table(
        dynamodb,
        "orders",
        BillingMode="PROVISIONED",
        ProvisionedThroughput=units,
        attributes={"group": "S"},
        GlobalSecondaryIndexes=[{**index("by-group", "group"), "ProvisionedThroughput": units}],
    )
    arn = back_up(dynamodb, "orders")
    aws.idle()
    table = restore(aws, dynamodb, arn, "same")
    assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 3
    assert table["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] == 2
    table = restore(aws, dynamodb, arn, "on-demand", BillingModeOverride="PAY_PER_REQUEST")
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 0
    more = {"ReadCapacityUnits": 20, "WriteCapacityUnits": 30}
    table = restore(aws, dynamodb, arn, "more", ProvisionedThroughputOverride=more, GlobalSecondaryIndexOverride=[])
    assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 30
    assert "GlobalSecondaryIndexes" not in table


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"TableName": "missing", "BackupName": "backup"}, "TableNotFoundException"),
        ({"TableName": "orders", "BackupName": "ab"}, "ValidationException"),
        ({"TableName": "orders", "BackupName": "with space"}, "ValidationException"),
        ({"TableName": "orders", "BackupName": "x" * 256}, "ValidationException"),
        ({"TableName": "orders"}, "ValidationException"),
        ({"BackupName": "backup"}, "ValidationException"),
    ],
)
def test_what_create_backup_refuses(aws: Any, dynamodb: Any, request_: dict[str, Any], code: str) -> None:
    make_table(dynamodb, "orders")
    assert refusal(dynamodb.create_backup, **request_)[0] == code


def test_backups_by_the_arn_of_their_table(aws: Any, dynamodb: Any) -> None:
    arn = make_table(dynamodb, "orders")
    details = dynamodb.create_backup(TableName=arn, BackupName="backup")["BackupDetails"]
    assert details["BackupArn"].startswith(f"{arn}/backup/")


def test_a_restore_to_a_name_that_is_taken_is_refused(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "orders")
    arn = back_up(dynamodb, "orders")
    aws.idle()
    assert refusal(dynamodb.restore_table_from_backup, BackupArn=arn, TargetTableName="orders") == (
        "TableAlreadyExistsException",
        "Table already exists: orders",
    )


def test_a_table_that_is_large_is_seen_while_it_is_copied(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "large")
    fill(dynamodb, "large", 1000, size_bytes=20_000)
    arn = back_up(dynamodb, "large")
    # It takes several transactions of a megabyte each, and requests are answered in between.
    described = dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]
    assert described["BackupStatus"] == "CREATING"
    assert refusal(dynamodb.delete_backup, BackupArn=arn)[0] == "BackupInUseException"
    assert (
        refusal(dynamodb.restore_table_from_backup, BackupArn=arn, TargetTableName="restored")[0]
        == "BackupInUseException"
    )
    assert refusal(dynamodb.delete_table, TableName="large")[0] == "ResourceInUseException"
    aws.idle()
    dynamodb.restore_table_from_backup(BackupArn=arn, TargetTableName="restored")
    table = dynamodb.describe_table(TableName="restored")["Table"]
    assert table["TableStatus"] == "CREATING"
    assert table["RestoreSummary"]["RestoreInProgress"] is True
    assert refusal(dynamodb.delete_table, TableName="restored") == (
        "ResourceInUseException",
        "Attempt to change a resource which is still in use: Table is being created: restored",
    )
    assert refusal(dynamodb.put_item, TableName="restored", Item={"pk": {"S": "a"}})[0] == "ResourceNotFoundException"
    assert (
        refusal(dynamodb.restore_table_from_backup, BackupArn=arn, TargetTableName="restored")[0]
        == "TableInUseException"
    )
    assert refusal(dynamodb.create_backup, TableName="restored", BackupName="backup")[0] == "TableInUseException"
    wanted = {"PointInTimeRecoveryEnabled": True}
    assert (
        refusal(dynamodb.update_continuous_backups, TableName="restored", PointInTimeRecoverySpecification=wanted)[0]
        == "ContinuousBackupsUnavailableException"
    )
    assert refusal(dynamodb.delete_backup, BackupArn=arn)[0] == "BackupInUseException"
    aws.idle()
    assert len(contents(dynamodb, "restored")) == 1000


def test_a_backup_is_restored_in_another_region(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "orders")
    fill(dynamodb, "orders", 10)
    arn = back_up(dynamodb, "orders")
    elsewhere = type(aws)(aws.endpoint, aws.account, "eu-west-1").client("dynamodb")
    table = restore(aws, elsewhere, arn, "orders")
    assert table["TableArn"] == f"arn:aws:dynamodb:eu-west-1:{aws.account}:table/orders"
    assert contents(elsewhere, "orders") == contents(dynamodb, "orders")
    assert elsewhere.list_backups()["BackupSummaries"] == []
    table_arn = enable_and_find_arn(dynamodb)
    elsewhere.restore_table_to_point_in_time(
        SourceTableArn=table_arn, TargetTableName="again", UseLatestRestorableTime=True
    )
    aws.idle()
    assert contents(elsewhere, "again") == contents(dynamodb, "orders")


def enable_and_find_arn(client: Any) -> str:
    enable_recovery(client, "orders")
    return str(client.describe_table(TableName="orders")["Table"]["TableArn"])
