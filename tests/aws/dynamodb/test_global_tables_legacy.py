"""Global tables of version 2017.11.29."""

from typing import Any

import pytest

from tests.aws.dynamodb.conftest import index, make_table, refusal

HERE, THERE, ELSEWHERE = "us-east-1", "eu-west-1", "ap-southeast-2"
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}


def group(*regions: str) -> list[dict[str, str]]:
    return [{"RegionName": region} for region in regions]


def in_region(aws: Any, name: str) -> Any:
    return aws.client("dynamodb", region_name=name)


def join(aws: Any, name: str, *regions: str, **options: Any) -> dict[str, Any]:
    for region in regions:
        make_table(in_region(aws, region), name, StreamSpecification=STREAM, **options)
    described = in_region(aws, HERE).create_global_table(GlobalTableName=name, ReplicationGroup=group(*regions))
    return dict(described["GlobalTableDescription"])


def test_tables_of_one_name_are_joined(aws: Any, dynamodb: Any) -> None:
    described = join(aws, "music", HERE, THERE)
    assert described["GlobalTableStatus"] == "CREATING"
    found = in_region(aws, THERE).describe_global_table(GlobalTableName="music")["GlobalTableDescription"]
    assert (found["GlobalTableStatus"], found["GlobalTableName"]) == ("ACTIVE", "music")
    assert found["GlobalTableArn"] == f"arn:aws:dynamodb::{aws.account}:global-table/music"
    assert {one["RegionName"]: one["ReplicaStatus"] for one in found["ReplicationGroup"]} == {
        HERE: "ACTIVE",
        THERE: "ACTIVE",
    }
    table = dynamodb.describe_table(TableName="music")["Table"]
    assert (table["GlobalTableVersion"], "Replicas" in table) == ("2017.11.29", False)


def test_items_carry_where_and_when_they_were_written(aws: Any, dynamodb: Any) -> None:
    join(aws, "music", HERE, THERE)
    dynamodb.put_item(TableName="music", Item={"pk": {"S": "a"}})
    items = [in_region(aws, name).scan(TableName="music")["Items"] for name in (HERE, THERE)]
    assert items[0] == items[1]
    ((item,), _) = items
    assert item["aws:rep:deleting"] == {"BOOL": False}
    assert item["aws:rep:updateregion"] == {"S": HERE}
    assert float(item["aws:rep:updatetime"]["N"]) > 0
    in_region(aws, THERE).update_item(
        TableName="music",
        Key={"pk": {"S": "a"}},
        UpdateExpression="SET x = :x",
        ExpressionAttributeValues={":x": {"N": "1"}},
    )
    (item,) = dynamodb.scan(TableName="music")["Items"]
    assert (item["x"], item["aws:rep:updateregion"]) == ({"N": "1"}, {"S": THERE})
    dynamodb.delete_item(TableName="music", Key={"pk": {"S": "a"}})
    assert in_region(aws, THERE).scan(TableName="music")["Count"] == 0


def test_replicas_are_added_and_removed(aws: Any, dynamodb: Any) -> None:
    join(aws, "music", HERE, THERE)
    make_table(in_region(aws, ELSEWHERE), "music", StreamSpecification=STREAM)
    described = dynamodb.update_global_table(
        GlobalTableName="music",
        ReplicaUpdates=[{"Create": {"RegionName": ELSEWHERE}}, {"Delete": {"RegionName": THERE}}],
    )["GlobalTableDescription"]
    assert described["GlobalTableStatus"] == "UPDATING"
    assert {one["RegionName"] for one in described["ReplicationGroup"]} == {HERE, ELSEWHERE}
    dynamodb.put_item(TableName="music", Item={"pk": {"S": "a"}})
    counts = [in_region(aws, name).scan(TableName="music")["Count"] for name in (HERE, THERE, ELSEWHERE)]
    assert counts == [1, 0, 1]
    assert "GlobalTableVersion" not in in_region(aws, THERE).describe_table(TableName="music")["Table"]
    in_region(aws, ELSEWHERE).delete_table(TableName="music")
    found = dynamodb.describe_global_table(GlobalTableName="music")["GlobalTableDescription"]
    assert found["ReplicationGroup"][0]["RegionName"] == HERE
    dynamodb.update_global_table(GlobalTableName="music", ReplicaUpdates=[{"Delete": {"RegionName": HERE}}])
    code, message = refusal(dynamodb.describe_global_table, GlobalTableName="music")
    assert code == "GlobalTableNotFoundException"
    assert message == "Global table not found: Global table with name: 'music' does not exist."
    assert dynamodb.list_global_tables()["GlobalTables"] == []
    dynamodb.delete_table(TableName="music")


def test_global_tables_are_listed_by_name_and_region(aws: Any, dynamodb: Any) -> None:
    join(aws, "aaa", HERE, THERE)
    join(aws, "bbb", HERE)
    join(aws, "ccc", HERE, THERE)
    page = dynamodb.list_global_tables(Limit=2)
    assert [one["GlobalTableName"] for one in page["GlobalTables"]] == ["aaa", "bbb"]
    assert page["GlobalTables"][0]["ReplicationGroup"] == group(THERE, HERE)
    assert page["LastEvaluatedGlobalTableName"] == "bbb"
    page = dynamodb.list_global_tables(ExclusiveStartGlobalTableName="bbb")
    assert [one["GlobalTableName"] for one in page["GlobalTables"]] == ["ccc"]
    assert "LastEvaluatedGlobalTableName" not in page
    page = dynamodb.list_global_tables(RegionName=THERE)
    assert [one["GlobalTableName"] for one in page["GlobalTables"]] == ["aaa", "ccc"]
    code, _ = refusal(dynamodb.list_global_tables, Limit=0)
    assert code == "ValidationException"


@pytest.mark.parametrize(
    ("there", "reason"),
    [
        ({"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}}, "NEW_AND_OLD_IMAGES"),
        ({}, "NEW_AND_OLD_IMAGES"),
        ({"StreamSpecification": STREAM, "hash_key": "pk:N"}, "same key schema"),
        ({"StreamSpecification": STREAM, "range_key": "sk:N"}, "same key schema"),
        (
            {
                "StreamSpecification": STREAM,
                "attributes": {"g": "S"},
                "GlobalSecondaryIndexes": [index("by-g", "g")],
            },
            "same secondary indexes",
        ),
        (
            {"StreamSpecification": STREAM, "BillingMode": "PROVISIONED", "ProvisionedThroughput": UNITS},
            "same billing mode",
        ),
    ],
)
def test_tables_that_differ_are_not_joined(aws: Any, dynamodb: Any, there: dict[str, Any], reason: str) -> None:
    make_table(dynamodb, "music", StreamSpecification=STREAM)
    make_table(in_region(aws, THERE), "music", **there)
    code, message = refusal(dynamodb.create_global_table, GlobalTableName="music", ReplicationGroup=group(HERE, THERE))
    assert (code, reason in message) == ("ValidationException", True)


def test_what_is_missing_or_there_already_is_refused(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "music", StreamSpecification=STREAM)
    both = group(HERE, THERE)
    code, _ = refusal(dynamodb.create_global_table, GlobalTableName="music", ReplicationGroup=both)
    assert code == "TableNotFoundException"
    make_table(in_region(aws, THERE), "music", StreamSpecification=STREAM)
    in_region(aws, THERE).put_item(TableName="music", Item={"pk": {"S": "a"}})
    code, message = refusal(dynamodb.create_global_table, GlobalTableName="music", ReplicationGroup=both)
    assert (code, "must be empty" in message) == ("ValidationException", True)
    dynamodb.create_global_table(GlobalTableName="music", ReplicationGroup=group(HERE))
    code, _ = refusal(dynamodb.create_global_table, GlobalTableName="music", ReplicationGroup=group(HERE))
    assert code == "GlobalTableAlreadyExistsException"

    def update(name: str, **action: Any) -> tuple[str, str]:
        return refusal(dynamodb.update_global_table, GlobalTableName=name, ReplicaUpdates=[action])

    assert update("nothing", Create={"RegionName": THERE})[0] == "GlobalTableNotFoundException"
    assert update("music", Create={"RegionName": HERE})[0] == "ReplicaAlreadyExistsException"
    assert update("music", Delete={"RegionName": THERE})[0] == "ReplicaNotFoundException"
    assert update("music", Create={"RegionName": ELSEWHERE})[0] == "TableNotFoundException"
    assert update("music")[0] == "ValidationException"
    dynamodb.put_item(TableName="music", Item={"pk": {"S": "a"}})
    in_region(aws, THERE).delete_item(TableName="music", Key={"pk": {"S": "a"}})
    code, message = update("music", Create={"RegionName": THERE})
    assert (code, "may contain data" in message) == ("ValidationException", True)
    for regions in ([], group(HERE, HERE), group("mars"), [{}]):
        code, _ = refusal(dynamodb.create_global_table, GlobalTableName="other", ReplicationGroup=regions)
        assert code == "ValidationException"
    for call in (dynamodb.describe_global_table, dynamodb.describe_global_table_settings):
        assert refusal(call, GlobalTableName="nothing")[0] == "GlobalTableNotFoundException"
        assert refusal(call, GlobalTableName="n")[0] == "ValidationException"


def test_version_2019_operations_leave_legacy_replicas_alone(aws: Any, dynamodb: Any) -> None:
    join(aws, "music", HERE, THERE)
    for update in ({"Create": {"RegionName": ELSEWHERE}}, {"Delete": {"RegionName": THERE}}):
        code, _ = refusal(dynamodb.update_table, TableName="music", ReplicaUpdates=[update])
        assert code == "ValidationException"
    code, message = refusal(dynamodb.update_table, TableName="music", StreamSpecification={"StreamEnabled": False})
    assert (code, "Disabling Stream is not allowed" in message) == ("ValidationException", True)


def test_on_demand_settings_are_shown(aws: Any, dynamodb: Any) -> None:
    join(aws, "music", HERE, THERE)
    settings = dynamodb.describe_global_table_settings(GlobalTableName="music")["ReplicaSettings"]
    assert [one["RegionName"] for one in settings] == [THERE, HERE]
    assert settings[0]["ReplicaBillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert settings[0]["ReplicaStatus"] == "ACTIVE"
    own = {"RegionName": THERE, "ReplicaTableClass": "STANDARD_INFREQUENT_ACCESS"}
    settings = dynamodb.update_global_table_settings(GlobalTableName="music", ReplicaSettingsUpdate=[own])
    there, here = settings["ReplicaSettings"]
    assert there["ReplicaTableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    assert "ReplicaTableClassSummary" not in here


def test_wrong_settings_are_refused(aws: Any, dynamodb: Any) -> None:
    join(aws, "music", HERE)

    def update(name: str = "music", **members: Any) -> str:
        return refusal(dynamodb.update_global_table_settings, GlobalTableName=name, **members)[0]

    assert update() == "ValidationException"
    units = {"ReplicaProvisionedReadCapacityUnits": 5}
    assert update("nothing", GlobalTableBillingMode="PROVISIONED") == "GlobalTableNotFoundException"
    assert update(ReplicaSettingsUpdate=[{"RegionName": THERE, **units}]) == "ReplicaNotFoundException"
    index_update = [{"IndexName": "by-g", "ProvisionedWriteCapacityUnits": 5}]
    assert update(GlobalTableGlobalSecondaryIndexSettingsUpdate=index_update) == "IndexNotFoundException"
    assert update(GlobalTableBillingMode="PROVISIONED") == "ValidationException"
    assert update(GlobalTableBillingMode="PROVISIONED", GlobalTableProvisionedWriteCapacityUnits=5) == (
        "ValidationException"
    )
