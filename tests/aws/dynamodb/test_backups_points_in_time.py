"""Tables are restored to any second as they were, whatever has been written since."""

import random
import threading
from typing import Any

import pytest

from aws.dynamodb.conftest import index, make_table, refusal
from aws.dynamodb.whole_tables import contents, enable_recovery, fill, moment, whole_second, write_something

DAY = 86_400
LAG = 300


def restore(client: Any, source: str, target: str, at: float, **options: Any) -> dict[str, Any]:
    reply = client.restore_table_to_point_in_time(
        SourceTableName=source, TargetTableName=target, RestoreDateTime=moment(at), **options
    )
    described: dict[str, Any] = reply["TableDescription"]
    return described


@pytest.mark.parametrize("seed", range(3))
def test_every_second_is_restored_exactly(aws: Any, dynamodb: Any, seed: int) -> None:
    choose = random.Random(seed)
    make_table(dynamodb, "orders", attributes={"group": "S"}, GlobalSecondaryIndexes=[index("by-group", "group")])
    for _ in range(20):
        write_something(dynamodb, "orders", choose)
    whole_second(aws)
    enable_recovery(dynamodb, "orders")
    states = {}
    for _ in range(12):
        for _ in range(choose.randrange(6)):
            write_something(dynamodb, "orders", choose)
        states[float(round(aws.clock.now()))] = contents(dynamodb, "orders")
        aws.advance(choose.choice((1, 1, 2)))
    aws.advance(LAG)
    for _ in range(10):
        write_something(dynamodb, "orders", choose)
    for number, (second, state) in enumerate(states.items()):
        target = f"restored-{number}"
        restore(dynamodb, "orders", target, second)
        aws.idle()
        assert contents(dynamodb, target) == state
        found = dynamodb.scan(TableName=target, IndexName="by-group")["Items"]
        assert {item["pk"]["S"]: item for item in found} == {
            key: item for key, item in state.items() if "group" in item
        }


def test_an_item_that_was_written_very_often_is_restored_exactly(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "counters")
    dynamodb.put_item(TableName="counters", Item={"pk": {"S": "zero"}})
    start = whole_second(aws)
    enable_recovery(dynamodb, "counters")
    for second in range(3):
        for at in range(350):
            item = {"pk": {"S": "hot"}, "n": {"N": str(second * 1000 + at)}}
            dynamodb.put_item(TableName="counters", Item=item)
        aws.advance(1)
    aws.advance(LAG)
    for second in range(3):
        restore(dynamodb, "counters", f"restored-{second}", start + second)
    aws.idle()
    for second in range(3):
        found = contents(dynamodb, f"restored-{second}")
        assert found == {
            "zero": {"pk": {"S": "zero"}},
            "hot": {"pk": {"S": "hot"}, "n": {"N": str(second * 1000 + 349)}},
        }


def test_the_window_moves_with_the_clock(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "orders")
    start = whole_second(aws)
    described = enable_recovery(dynamodb, "orders", RecoveryPeriodInDays=2)
    assert described["RecoveryPeriodInDays"] == 2
    assert described["EarliestRestorableDateTime"].timestamp() == start
    assert described["LatestRestorableDateTime"].timestamp() == start
    aws.advance(DAY)
    described = dynamodb.describe_continuous_backups(TableName="orders")["ContinuousBackupsDescription"]
    assert described["ContinuousBackupsStatus"] == "ENABLED"
    recovery = described["PointInTimeRecoveryDescription"]
    assert recovery["EarliestRestorableDateTime"].timestamp() == start
    assert recovery["LatestRestorableDateTime"].timestamp() == start + DAY - LAG
    aws.advance(2 * DAY)
    recovery = dynamodb.describe_continuous_backups(TableName="orders")["ContinuousBackupsDescription"][
        "PointInTimeRecoveryDescription"
    ]
    assert recovery["EarliestRestorableDateTime"].timestamp() == start + DAY


def test_what_is_older_than_the_window_is_forgotten_and_the_rest_is_not(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "orders")
    start = whole_second(aws)
    enable_recovery(dynamodb, "orders", RecoveryPeriodInDays=1)
    for hour in range(30):
        dynamodb.put_item(TableName="orders", Item={"pk": {"S": "a"}, "hour": {"N": str(hour)}})
        aws.advance(3600)
    restore(dynamodb, "orders", "restored", start + 10 * 3600 + 1)
    aws.idle()
    assert contents(dynamodb, "restored")["a"]["hour"] == {"N": "10"}
    code, _ = refusal(
        dynamodb.restore_table_to_point_in_time,
        SourceTableName="orders",
        TargetTableName="other",
        RestoreDateTime=moment(start + 5 * 3600),
    )
    assert code == "InvalidRestoreTimeException"


def test_recovery_begins_anew_when_it_is_switched_on_again(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "orders")
    enable_recovery(dynamodb, "orders")
    fill(dynamodb, "orders", 30)
    aws.advance(10)
    wanted = {"PointInTimeRecoveryEnabled": False}
    reply = dynamodb.update_continuous_backups(TableName="orders", PointInTimeRecoverySpecification=wanted)
    recovery = reply["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery == {"PointInTimeRecoveryStatus": "DISABLED"}
    dynamodb.delete_item(TableName="orders", Key={"pk": {"S": "item-3"}})
    second = whole_second(aws)
    described = enable_recovery(dynamodb, "orders")
    assert described["EarliestRestorableDateTime"].timestamp() == second
    assert described["RecoveryPeriodInDays"] == 35
    fill(dynamodb, "orders", 30, prefix="late")
    aws.advance(LAG)
    restore(dynamodb, "orders", "restored", second)
    aws.idle()
    assert len(contents(dynamodb, "restored")) == 59  # what was written in that very second belongs to it
    code, _ = refusal(
        dynamodb.restore_table_to_point_in_time,
        SourceTableName="orders",
        TargetTableName="other",
        RestoreDateTime=moment(second - 1),
    )
    assert code == "InvalidRestoreTimeException"


def test_the_latest_restorable_time_is_five_minutes_back(aws: Any, dynamodb: Any) -> None:
    arn = make_table(dynamodb, "orders")
    whole_second(aws)
    enable_recovery(dynamodb, "orders")
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "early"}})
    aws.advance(200)
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "late"}})
    aws.advance(200)
    reply = dynamodb.restore_table_to_point_in_time(
        SourceTableArn=arn, TargetTableName="restored", UseLatestRestorableTime=True
    )
    summary = reply["TableDescription"]["RestoreSummary"]
    assert summary["SourceTableArn"] == arn
    assert summary["RestoreInProgress"] is True
    assert summary["RestoreDateTime"].timestamp() == round(aws.clock.now()) - LAG
    aws.idle()
    assert contents(dynamodb, "restored").keys() == {"early"}
    summary = dynamodb.describe_table(TableName="restored")["Table"]["RestoreSummary"]
    assert summary["RestoreInProgress"] is False


def test_settings_are_restored_as_on_aws(aws: Any, dynamodb: Any) -> None:
    arn = make_table(
        dynamodb,
        "orders",
        range_key="sk:N",
        attributes={"group": "S"},
        BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": 3, "WriteCapacityUnits": 4},
        GlobalSecondaryIndexes=[
            {**index("by-group", "group"), "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 2}}
        ],
        LocalSecondaryIndexes=[index("local", "pk", "group")],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        Tags=[{"Key": "team", "Value": "blue"}],
        DeletionProtectionEnabled=True,
        TableClass="STANDARD_INFREQUENT_ACCESS",
    )
    dynamodb.update_time_to_live(
        TableName="orders", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    enable_recovery(dynamodb, "orders")
    reply = dynamodb.restore_table_to_point_in_time(
        SourceTableArn=arn, TargetTableName="restored", UseLatestRestorableTime=True
    )
    assert reply["TableDescription"]["TableStatus"] == "CREATING"
    aws.idle()
    source = dynamodb.describe_table(TableName="orders")["Table"]
    table = dynamodb.describe_table(TableName="restored")["Table"]
    assert table["TableStatus"] == "ACTIVE"
    same = ("KeySchema", "AttributeDefinitions", "ProvisionedThroughput", "TableClassSummary")
    assert [table[name] for name in same] == [source[name] for name in same]
    for member in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        (restored,), (original,) = table[member], source[member]
        assert restored["IndexName"] == original["IndexName"]
        assert restored["Projection"] == original["Projection"]
    assert "StreamSpecification" not in table
    assert table["DeletionProtectionEnabled"] is False
    assert table["TableId"] != source["TableId"]
    assert dynamodb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == []
    ttl = dynamodb.describe_time_to_live(TableName="restored")["TimeToLiveDescription"]
    assert ttl["TimeToLiveStatus"] == "DISABLED"
    recovery = dynamodb.describe_continuous_backups(TableName="restored")["ContinuousBackupsDescription"]
    assert recovery["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "DISABLED"


def test_overrides_of_a_restore(aws: Any, dynamodb: Any) -> None:
    make_table(
        dynamodb,
        "orders",
        range_key="sk:S",
        attributes={"group": "S", "other": "S"},
        GlobalSecondaryIndexes=[index("by-group", "group"), index("by-other", "other")],
        LocalSecondaryIndexes=[index("local", "pk", "group")],
    )
    dynamodb.put_item(
        TableName="orders",
        Item={"pk": {"S": "a"}, "sk": {"S": "b"}, "group": {"S": "g"}, "other": {"S": "o"}},
    )
    enable_recovery(dynamodb, "orders")
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}
    dynamodb.restore_table_to_point_in_time(
        SourceTableName="orders",
        TargetTableName="restored",
        UseLatestRestorableTime=True,
        BillingModeOverride="PROVISIONED",
        ProvisionedThroughputOverride=units,
        GlobalSecondaryIndexOverride=[{**index("by-group", "group"), "ProvisionedThroughput": units}],
        LocalSecondaryIndexOverride=[],
        SSESpecificationOverride={"Enabled": True, "SSEType": "KMS"},
    )
    aws.idle()
    table = dynamodb.describe_table(TableName="restored")["Table"]
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    assert [one["IndexName"] for one in table["GlobalSecondaryIndexes"]] == ["by-group"]
    assert table["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["WriteCapacityUnits"] == 6
    assert "LocalSecondaryIndexes" not in table
    assert {one["AttributeName"] for one in table["AttributeDefinitions"]} == {"pk", "sk", "group"}
    assert table["SSEDescription"]["Status"] == "ENABLED"
    assert dynamodb.scan(TableName="restored", IndexName="by-group")["Count"] == 1
    dynamodb.restore_table_to_point_in_time(
        SourceTableName="orders",
        TargetTableName="limited",
        UseLatestRestorableTime=True,
        OnDemandThroughputOverride={"MaxReadRequestUnits": 10, "MaxWriteRequestUnits": 20},
        GlobalSecondaryIndexOverride=[],
    )
    aws.idle()
    table = dynamodb.describe_table(TableName="limited")["Table"]
    assert table["OnDemandThroughput"] == {"MaxReadRequestUnits": 10, "MaxWriteRequestUnits": 20}
    assert "GlobalSecondaryIndexes" not in table


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"SourceTableName": "missing"}, "TableNotFoundException"),
        ({"TargetTableName": "orders"}, "TableAlreadyExistsException"),
        ({"SourceTableName": "plain"}, "PointInTimeRecoveryUnavailableException"),
        ({"UseLatestRestorableTime": None, "RestoreDateTime": 1}, "InvalidRestoreTimeException"),
        ({"UseLatestRestorableTime": None, "RestoreDateTime": 9_999_999_999}, "InvalidRestoreTimeException"),
        ({"UseLatestRestorableTime": None}, "ValidationException"),
        ({"RestoreDateTime": 1_800_000_000}, "ValidationException"),
        ({"SourceTableName": None}, "ValidationException"),
        (
            {"SourceTableName": None, "SourceTableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/orders"},
            "TableNotFoundException",
        ),
        ({"SourceTableName": None, "SourceTableArn": "orders"}, "ValidationException"),
        ({"SourceTableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/orders"}, "ValidationException"),
        ({"TargetTableName": "a"}, "ValidationException"),
        ({"TargetTableName": "with space"}, "ValidationException"),
        ({"BillingModeOverride": "PROVISIONED"}, "ValidationException"),
        ({"GlobalSecondaryIndexOverride": [index("unknown", "pk")]}, "ValidationException"),
        ({"LocalSecondaryIndexOverride": [index("unknown", "pk", "sk")]}, "ValidationException"),
    ],
)
def test_what_a_restore_to_a_point_in_time_refuses(aws: Any, dynamodb: Any, changes: dict[str, Any], code: str) -> None:
    make_table(dynamodb, "orders")
    make_table(dynamodb, "plain")
    enable_recovery(dynamodb, "orders")
    request = {"SourceTableName": "orders", "TargetTableName": "restored", "UseLatestRestorableTime": True, **changes}
    wanted = {name: value for name, value in request.items() if value is not None}
    assert refusal(dynamodb.restore_table_to_point_in_time, **wanted)[0] == code


def test_the_messages_of_refused_restores(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "plain")
    target = {"TargetTableName": "restored", "UseLatestRestorableTime": True}
    restore_to = dynamodb.restore_table_to_point_in_time
    assert refusal(restore_to, SourceTableName="missing", **target)[1] == "Table not found: missing"
    assert (
        refusal(restore_to, SourceTableName="plain", **target)[1]
        == "Point in time recovery is not enabled for table 'plain'"
    )


@pytest.mark.parametrize("days", [0, 36])
def test_a_recovery_period_of_so_many_days_is_refused(aws: Any, dynamodb: Any, days: int) -> None:
    make_table(dynamodb, "orders")
    wanted = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": days}
    code, message = refusal(
        dynamodb.update_continuous_backups, TableName="orders", PointInTimeRecoverySpecification=wanted
    )
    assert code == "ValidationException"
    assert "recoveryPeriodInDays" in message


def test_continuous_backups_of_a_missing_table(aws: Any, dynamodb: Any) -> None:
    missing = ("TableNotFoundException", "Table not found: missing")
    assert refusal(dynamodb.describe_continuous_backups, TableName="missing") == missing
    wanted = {"PointInTimeRecoveryEnabled": True}
    assert (
        refusal(dynamodb.update_continuous_backups, TableName="missing", PointInTimeRecoverySpecification=wanted)
        == missing
    )


def test_a_restore_is_exact_while_the_table_is_being_written(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "events")
    enable_recovery(dynamodb, "events")
    fill(dynamodb, "events", 1000, size_bytes=1000)
    second = whole_second(aws)
    before = contents(dynamodb, "events")
    aws.advance(LAG + 1)
    is_over = threading.Event()

    def write() -> None:
        client, choose = aws.client("dynamodb"), random.Random(1)
        while not is_over.is_set():
            key = {"pk": {"S": f"item-{choose.randrange(1200)}"}}
            if choose.random() < 0.4:
                client.delete_item(TableName="events", Key=key)
            else:
                client.put_item(TableName="events", Item={**key, "text": {"S": "changed"}})

    writers = [threading.Thread(target=write) for _ in range(3)]
    for writer in writers:
        writer.start()
    try:
        for number in range(4):
            restore(dynamodb, "events", f"restored-{number}", second)
        while any(
            dynamodb.describe_table(TableName=f"restored-{number}")["Table"]["TableStatus"] == "CREATING"
            for number in range(4)
        ):
            pass
    finally:
        is_over.set()
        for writer in writers:
            writer.join()
    for number in range(4):
        assert contents(dynamodb, f"restored-{number}") == before
    assert contents(dynamodb, "events") != before
