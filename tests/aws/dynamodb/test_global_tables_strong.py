"""Global tables with strong consistency across regions: exactly three regions, one of which may be a witness."""

from typing import Any

import pytest

from tests.aws.dynamodb.conftest import index, make_table, refusal

HERE, THERE, ELSEWHERE = "us-east-1", "us-east-2", "us-west-2"


def creates(*regions: str) -> list[dict[str, Any]]:
    return [{"Create": {"RegionName": region}} for region in regions]


def deletes(*regions: str) -> list[dict[str, Any]]:
    return [{"Delete": {"RegionName": region}} for region in regions]


def test_three_replicas_hold_the_same_at_any_time(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "accounts")
    dynamodb.update_table(
        TableName="accounts", ReplicaUpdates=creates(THERE, ELSEWHERE), MultiRegionConsistency="STRONG"
    )
    table = dynamodb.describe_table(TableName="accounts")["Table"]
    assert (table["MultiRegionConsistency"], table["TableStatus"]) == ("STRONG", "ACTIVE")
    assert not {"StreamSpecification", "DisassociationProtectionEnabled", "GlobalTableWitnesses"} & table.keys()
    assert {one["RegionName"]: one["ReplicaStatus"] for one in table["Replicas"]} == {
        THERE: "ACTIVE",
        ELSEWHERE: "ACTIVE",
    }
    aws.client("dynamodb", region_name=THERE).put_item(TableName="accounts", Item={"pk": {"S": "a"}})
    elsewhere = aws.client("dynamodb", region_name=ELSEWHERE)
    assert elsewhere.get_item(TableName="accounts", Key={"pk": {"S": "a"}}, ConsistentRead=True)["Item"]
    code, _ = refusal(
        dynamodb.put_item,
        TableName="accounts",
        Item={"pk": {"S": "a"}},
        ConditionExpression="attribute_not_exists(pk)",
    )
    assert code == "ConditionalCheckFailedException"
    dynamodb.update_table(TableName="accounts", ReplicaUpdates=deletes(THERE, ELSEWHERE))
    assert "Replicas" not in dynamodb.describe_table(TableName="accounts")["Table"]
    assert elsewhere.list_tables()["TableNames"] == []
    assert dynamodb.scan(TableName="accounts")["Count"] == 1


def test_a_witness_has_no_table(aws: Any, dynamodb: Any) -> None:
    keys_only = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    make_table(dynamodb, "accounts", StreamSpecification=keys_only)
    described = dynamodb.update_table(
        TableName="accounts",
        ReplicaUpdates=creates(THERE),
        GlobalTableWitnessUpdates=creates(ELSEWHERE),
        MultiRegionConsistency="STRONG",
    )["TableDescription"]
    assert described["GlobalTableWitnesses"] == [{"RegionName": ELSEWHERE, "WitnessStatus": "CREATING"}]
    there = aws.client("dynamodb", region_name=THERE)
    table = there.describe_table(TableName="accounts")["Table"]
    assert table["GlobalTableWitnesses"] == [{"RegionName": ELSEWHERE, "WitnessStatus": "ACTIVE"}]
    assert "StreamSpecification" not in table
    assert dynamodb.describe_table(TableName="accounts")["Table"]["StreamSpecification"] == keys_only
    assert aws.client("dynamodb", region_name=ELSEWHERE).list_tables()["TableNames"] == []
    code, message = refusal(dynamodb.update_table, TableName="accounts", ReplicaUpdates=deletes(THERE))
    assert (code, "witness must be deleted together" in message) == ("ValidationException", True)
    described = dynamodb.update_table(
        TableName="accounts", ReplicaUpdates=deletes(THERE), GlobalTableWitnessUpdates=deletes(ELSEWHERE)
    )["TableDescription"]
    assert described["GlobalTableWitnesses"] == [{"RegionName": ELSEWHERE, "WitnessStatus": "DELETING"}]
    assert not {"Replicas", "GlobalTableWitnesses"} & dynamodb.describe_table(TableName="accounts")["Table"].keys()


def test_strong_replicas_are_not_changed_one_by_one(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "accounts")
    dynamodb.update_table(
        TableName="accounts", ReplicaUpdates=creates(THERE, ELSEWHERE), MultiRegionConsistency="STRONG"
    )
    code, message = refusal(dynamodb.update_table, TableName="accounts", ReplicaUpdates=deletes(THERE))
    assert (code, "A single replica cannot be deleted" in message) == ("ValidationException", True)
    code, message = refusal(dynamodb.update_table, TableName="accounts", ReplicaUpdates=creates("us-west-1"))
    assert (code, "cannot be changed after its creation" in message) == ("ValidationException", True)
    code, message = refusal(aws.client("dynamodb", region_name=THERE).delete_table, TableName="accounts")
    assert (code, "cannot be deleted on its own" in message) == ("ValidationException", True)
    code, _ = refusal(dynamodb.update_table, TableName="accounts", DisassociationProtectionEnabled=False)
    assert code == "ValidationException"
    away = [{"Disassociate": {"RegionName": HERE, "DisassociationMode": "WAIT_FOR_REPLICATION"}}]
    code, _ = refusal(dynamodb.update_table, TableName="accounts", ReplicaUpdates=away)
    assert code == "ValidationException"


def test_strong_tables_have_neither_transactions_nor_expiry(dynamodb: Any) -> None:
    make_table(dynamodb, "accounts")
    dynamodb.update_table(
        TableName="accounts", ReplicaUpdates=creates(THERE, ELSEWHERE), MultiRegionConsistency="STRONG"
    )
    put = {"Put": {"TableName": "accounts", "Item": {"pk": {"S": "a"}}}}
    get = {"Get": {"TableName": "accounts", "Key": {"pk": {"S": "a"}}}}
    for call, items in ((dynamodb.transact_write_items, [put]), (dynamodb.transact_get_items, [get])):
        code, message = refusal(call, TransactItems=items)
        assert (code, "Transactions are not supported" in message) == ("ValidationException", True)
    wanted = {"Enabled": True, "AttributeName": "until"}
    code, message = refusal(dynamodb.update_time_to_live, TableName="accounts", TimeToLiveSpecification=wanted)
    assert (code, "Time to live is not supported" in message) == ("ValidationException", True)
    stream = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    dynamodb.update_table(TableName="accounts", StreamSpecification=stream)
    dynamodb.update_table(TableName="accounts", StreamSpecification={"StreamEnabled": False})


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"ReplicaUpdates": creates(THERE)}, "exactly three replicas"),
        ({"ReplicaUpdates": creates(THERE, ELSEWHERE, "us-west-1")}, "exactly three replicas"),
        (
            {"ReplicaUpdates": creates(THERE), "GlobalTableWitnessUpdates": creates(THERE)},
            "exactly three replicas",
        ),
        ({"ReplicaUpdates": creates(THERE, "eu-west-1")}, "one set of regions"),
        ({"ReplicaUpdates": deletes(THERE)}, "MultiRegionConsistency can only be specified"),
        ({"ReplicaUpdates": creates(THERE), "GlobalTableWitnessUpdates": [{}]}, "Exactly one of Create and Delete"),
    ],
)
def test_a_wrong_set_of_regions_is_refused(dynamodb: Any, members: dict[str, Any], message: str) -> None:
    make_table(dynamodb, "accounts")
    code, found = refusal(dynamodb.update_table, TableName="accounts", MultiRegionConsistency="STRONG", **members)
    assert (code, message in found) == ("ValidationException", True)


def test_only_an_empty_plain_table_becomes_strong(dynamodb: Any) -> None:
    wanted = {"ReplicaUpdates": creates(THERE, ELSEWHERE), "MultiRegionConsistency": "STRONG"}
    make_table(dynamodb, "full")
    dynamodb.put_item(TableName="full", Item={"pk": {"S": "a"}})
    make_table(
        dynamodb, "local", range_key="sk:S", attributes={"l": "S"}, LocalSecondaryIndexes=[index("by-l", "pk", "l")]
    )
    make_table(dynamodb, "expiring")
    dynamodb.update_time_to_live(
        TableName="expiring", TimeToLiveSpecification={"Enabled": True, "AttributeName": "until"}
    )
    for name, reason in (("full", "must be empty"), ("local", "Local secondary"), ("expiring", "Time to live")):
        code, message = refusal(dynamodb.update_table, TableName=name, **wanted)
        assert (code, reason in message) == ("ValidationException", True)
