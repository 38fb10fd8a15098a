"""AWS::DynamoDB::GlobalTable in stacks."""

from typing import Any

import pytest

from tests.aws.dynamodb.stacks import GLOBAL_TABLE, TableStack, attributes, key

HERE, THERE, ELSEWHERE = "us-east-1", "eu-west-1", "ap-southeast-2"
PLAIN = {
    "TableName": "orders",
    "AttributeDefinitions": attributes("pk"),
    "KeySchema": key("pk"),
    "BillingMode": "PAY_PER_REQUEST",
    "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
}


@pytest.fixture
def stack(aws: Any) -> TableStack:
    return TableStack(aws)


def replicas(*regions: str, **members: Any) -> list[dict[str, Any]]:
    return [{"Region": region, **members} for region in regions]


def in_region(aws: Any, name: str) -> Any:
    return aws.client("dynamodb", region_name=name)


def replicas_of(client: Any) -> set[str]:
    table = client.describe_table(TableName="orders")["Table"]
    return {one["RegionName"] for one in table.get("Replicas", []) if one["ReplicaStatus"] == "ACTIVE"}


def test_replicas_are_made_each_with_settings_of_its_own(aws: Any, dynamodb: Any, stack: TableStack) -> None:
    outputs = stack.put(
        {
            **PLAIN,
            "AttributeDefinitions": attributes("pk", "g"),
            "GlobalSecondaryIndexes": [
                {
                    "IndexName": "by-g",
                    "KeySchema": key("g"),
                    "Projection": {"ProjectionType": "ALL"},
                    "WriteOnDemandThroughputSettings": {"MaxWriteRequestUnits": "9"},
                }
            ],
            "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
            "WriteOnDemandThroughputSettings": {"MaxWriteRequestUnits": 8},
            "Replicas": [
                {
                    "Region": HERE,
                    "Tags": [{"Key": "at", "Value": "home"}],
                    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
                },
                {
                    "Region": THERE,
                    "Tags": [{"Key": "at", "Value": "sea"}],
                    "TableClass": "STANDARD_INFREQUENT_ACCESS",
                    "DeletionProtectionEnabled": "true",
                    "ReadOnDemandThroughputSettings": {"MaxReadRequestUnits": 7},
                    "GlobalSecondaryIndexes": [
                        {"IndexName": "by-g", "ReadOnDemandThroughputSettings": {"MaxReadRequestUnits": 6}}
                    ],
                },
            ],
        },
        GLOBAL_TABLE,
    )
    here, there = (in_region(aws, name).describe_table(TableName="orders")["Table"] for name in (HERE, THERE))
    assert (outputs["Name"], outputs["Arn"], outputs["Id"]) == ("orders", here["TableArn"], here["TableId"])
    assert outputs["Stream"] == here["LatestStreamArn"]
    assert [one["RegionName"] for one in here["Replicas"]] == [THERE]
    assert here["OnDemandThroughput"] == {"MaxWriteRequestUnits": 8}
    assert there["OnDemandThroughput"] == {"MaxReadRequestUnits": 7, "MaxWriteRequestUnits": 8}
    assert there["GlobalSecondaryIndexes"][0]["OnDemandThroughput"] == {
        "MaxReadRequestUnits": 6,
        "MaxWriteRequestUnits": 9,
    }
    assert there["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert (here["DeletionProtectionEnabled"], there["DeletionProtectionEnabled"]) == (False, True)
    for name, place, table in ((HERE, "home", here), (THERE, "sea", there)):
        client = in_region(aws, name)
        assert client.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == [{"Key": "at", "Value": place}]
        expiry = client.describe_time_to_live(TableName="orders")["TimeToLiveDescription"]
        assert expiry["AttributeName"] == "ttl"
        backups = client.describe_continuous_backups(TableName="orders")["ContinuousBackupsDescription"]
        status = backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"]
        assert status == ("ENABLED" if name == HERE else "DISABLED")
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "a"}})
    assert in_region(aws, THERE).scan(TableName="orders")["Count"] == 1
    assert stack.delete() == "DELETE_FAILED"


def test_replicas_come_and_go_one_by_one(aws: Any, dynamodb: Any, stack: TableStack) -> None:
    stack.put({**PLAIN, "Replicas": replicas(HERE)}, GLOBAL_TABLE)
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "a"}})
    reason = stack.refused({**PLAIN, "Replicas": replicas(HERE, THERE, ELSEWHERE)}, GLOBAL_TABLE)
    assert "Only a single replica can be added or removed in each update" in reason
    stack.put({**PLAIN, "Replicas": replicas(HERE, THERE)}, GLOBAL_TABLE)
    stack.put({**PLAIN, "Replicas": replicas(HERE, THERE, ELSEWHERE)}, GLOBAL_TABLE)
    assert replicas_of(dynamodb) == {THERE, ELSEWHERE}
    assert in_region(aws, ELSEWHERE).scan(TableName="orders")["Count"] == 1
    stack.put({**PLAIN, "Replicas": replicas(HERE, ELSEWHERE)}, GLOBAL_TABLE)
    assert replicas_of(dynamodb) == {ELSEWHERE}
    assert in_region(aws, THERE).list_tables()["TableNames"] == []
    assert stack.delete() == "DELETE_COMPLETE"
    assert in_region(aws, ELSEWHERE).list_tables()["TableNames"] == dynamodb.list_tables()["TableNames"] == []


def test_settings_of_replicas_change_in_place(aws: Any, dynamodb: Any, stack: TableStack) -> None:
    both = [*replicas(HERE), *replicas(THERE, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])]
    stack.put({**PLAIN, "Replicas": both}, GLOBAL_TABLE)
    there = {
        "Region": THERE,
        "Tags": [{"Key": "a", "Value": "3"}],
        "TableClass": "STANDARD_INFREQUENT_ACCESS",
        "DeletionProtectionEnabled": True,
        "DisassociationProtectionEnabled": False,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "ReadOnDemandThroughputSettings": {"MaxReadRequestUnits": 3},
    }
    indexed = {
        **PLAIN,
        "AttributeDefinitions": attributes("pk", "g"),
        "GlobalSecondaryIndexes": [
            {"IndexName": "by-g", "KeySchema": key("g"), "Projection": {"ProjectionType": "KEYS_ONLY"}}
        ],
    }
    stack.put({**indexed, "Replicas": [*replicas(HERE), there]}, GLOBAL_TABLE)
    client = in_region(aws, THERE)
    table = client.describe_table(TableName="orders")["Table"]
    assert [one["IndexName"] for one in table["GlobalSecondaryIndexes"]] == ["by-g"]
    assert table["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert table["OnDemandThroughput"] == {"MaxReadRequestUnits": 3}
    assert (table["DeletionProtectionEnabled"], table["DisassociationProtectionEnabled"]) == (True, False)
    assert client.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"] == [{"Key": "a", "Value": "3"}]
    backups = client.describe_continuous_backups(TableName="orders")["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    here = dynamodb.describe_table(TableName="orders")["Table"]
    assert (here["DeletionProtectionEnabled"], "OnDemandThroughput" in here) == (False, False)
    assert "TableClassSummary" not in here


@pytest.mark.parametrize("has_witness", [True, False])
def test_strong_consistency_is_made_and_removed_at_once(
    aws: Any, dynamodb: Any, stack: TableStack, has_witness: bool
) -> None:
    wanted = {name: value for name, value in PLAIN.items() if name != "StreamSpecification"}
    wanted["MultiRegionConsistency"] = "STRONG"
    if has_witness:
        wanted |= {"Replicas": replicas(HERE, "us-east-2"), "GlobalTableWitnesses": [{"Region": "us-west-2"}]}
    else:
        wanted["Replicas"] = replicas(HERE, "us-east-2", "us-west-2")
    stack.put(wanted, GLOBAL_TABLE)
    table = dynamodb.describe_table(TableName="orders")["Table"]
    assert table["MultiRegionConsistency"] == "STRONG"
    assert ("GlobalTableWitnesses" in table) == has_witness
    assert stack.delete() == "DELETE_COMPLETE"
    assert in_region(aws, "us-east-2").list_tables()["TableNames"] == []


def test_a_new_name_is_a_new_global_table(aws: Any, dynamodb: Any, stack: TableStack) -> None:
    stack.put({**PLAIN, "Replicas": replicas(HERE, THERE)}, GLOBAL_TABLE)
    stack.put({**PLAIN, "TableName": "sales", "Replicas": replicas(HERE, THERE)}, GLOBAL_TABLE)
    for name in (HERE, THERE):
        assert in_region(aws, name).list_tables()["TableNames"] == ["sales"]


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"Replicas": replicas(THERE)}, "The Replicas section must contain an entry for the current region"),
        ({"Replicas": replicas(HERE, HERE)}, "#/Replicas: array items are not unique"),
        ({"Replicas": replicas(HERE, THERE), "StreamSpecification": None}, "StreamSpecification must be specified"),
        ({"Replicas": replicas(HERE, "mars")}, "Region mars is not a valid region"),
        ({"Replicas": replicas(HERE, Colour="blue")}, "#/Replicas/0: extraneous key [Colour] is not permitted"),
        ({"Replicas": replicas(HERE), "Tags": []}, "#: extraneous key [Tags] is not permitted"),
        ({"Replicas": replicas(HERE), "BillingMode": "PROVISIONED"}, "ReadProvisionedThroughputSettings must be"),
        (
            {"Replicas": replicas(HERE, GlobalTableSettingsReplicationMode="ENABLED")},
            "Serein does not implement global tables of several accounts",
        ),
        (
            {"Replicas": replicas(HERE), "GlobalTableSourceArn": "arn:aws:dynamodb:us-east-1:1:table/orders"},
            "Serein does not implement global tables of several accounts",
        ),
        ({}, "required key [Replicas] not found"),
    ],
)
def test_a_wrong_global_table_is_refused_and_leaves_nothing(
    dynamodb: Any, stack: TableStack, properties: dict[str, Any], reason: str
) -> None:
    wanted = {name: value for name, value in {**PLAIN, **properties}.items() if value is not None}
    assert reason in stack.refused(wanted, GLOBAL_TABLE)
    assert dynamodb.list_tables()["TableNames"] == []
