"""Global tables of version 2019.11.21: replicas, and what is the same in all of them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.config import Config

from tests.aws.dynamodb.conftest import index, make_table, refusal

HERE, THERE, ELSEWHERE = "us-east-1", "eu-west-1", "ap-southeast-2"
Region = Callable[..., Any]


@pytest.fixture
def region(aws: Any) -> Region:
    """A client of DynamoDB, or of another service, in a region."""

    def client(name: str, service: str = "dynamodb") -> Any:
        config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
        return aws.client(service, region_name=name, config=config)

    return client


def add(client: Any, name: str, *regions: str, **members: Any) -> dict[str, Any]:
    for one in regions:
        update = {"Create": {"RegionName": one, **members}}
        described = client.update_table(TableName=name, ReplicaUpdates=[update])["TableDescription"]
    return described


def replicas_of(client: Any, name: str) -> dict[str, str]:
    table = client.describe_table(TableName=name)["Table"]
    return {one["RegionName"]: one["ReplicaStatus"] for one in table.get("Replicas", [])}


def records_of(region: Region, name: str, table: str) -> list[dict[str, Any]]:
    arn = region(name).describe_table(TableName=table)["Table"]["LatestStreamArn"]
    streams = region(name, "dynamodbstreams")
    (shard,) = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = streams.get_shard_iterator(StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")[
        "ShardIterator"
    ]
    return list(streams.get_records(ShardIterator=iterator)["Records"])


def test_a_new_replica_has_what_its_table_has(dynamodb: Any, region: Region) -> None:
    arn = make_table(
        dynamodb, "orders", range_key="sk:N", attributes={"g": "S"}, GlobalSecondaryIndexes=[index("by-g", "g")]
    )
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "a"}, "sk": {"N": "1"}, "g": {"S": "x"}})
    described = add(dynamodb, "orders", THERE)
    assert described["TableStatus"] == "UPDATING"
    assert [(one["RegionName"], one["ReplicaStatus"]) for one in described["Replicas"]] == [(THERE, "CREATING")]

    table = dynamodb.describe_table(TableName="orders")["Table"]
    assert (table["TableStatus"], table["GlobalTableVersion"]) == ("ACTIVE", "2019.11.21")
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert (table["MultiRegionConsistency"], table["DisassociationProtectionEnabled"]) == ("EVENTUAL", True)
    (replica,) = table["Replicas"]
    assert (replica["ReplicaStatus"], replica["ReplicaArn"]) == ("ACTIVE", arn.replace(HERE, THERE))

    there = region(THERE).describe_table(TableName="orders")["Table"]
    assert (there["TableStatus"], there["TableArn"]) == ("ACTIVE", arn.replace(HERE, THERE))
    assert there["KeySchema"] == table["KeySchema"]
    assert there["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert [one["RegionName"] for one in there["Replicas"]] == [HERE]
    assert there["LatestStreamArn"].startswith(arn.replace(HERE, THERE) + "/stream/")
    found = region(THERE).query(
        TableName="orders",
        IndexName="by-g",
        KeyConditionExpression="g = :g",
        ExpressionAttributeValues={":g": {"S": "x"}},
    )
    assert found["Count"] == 1
    assert records_of(region, THERE, "orders") == []


def test_writes_reach_all_replicas_with_their_indexes_and_streams(dynamodb: Any, region: Region) -> None:
    make_table(dynamodb, "orders", attributes={"g": "S"}, GlobalSecondaryIndexes=[index("by-g", "g")])
    add(dynamodb, "orders", THERE, ELSEWHERE)
    assert replicas_of(region(ELSEWHERE), "orders") == {HERE: "ACTIVE", THERE: "ACTIVE"}
    region(THERE).put_item(TableName="orders", Item={"pk": {"S": "a"}, "g": {"S": "x"}})
    dynamodb.update_item(
        TableName="orders",
        Key={"pk": {"S": "a"}},
        UpdateExpression="SET g = :y",
        ConditionExpression="g = :x",
        ExpressionAttributeValues={":x": {"S": "x"}, ":y": {"S": "y"}},
    )
    region(ELSEWHERE).batch_write_item(RequestItems={"orders": [{"PutRequest": {"Item": {"pk": {"S": "b"}}}}]})
    dynamodb.transact_write_items(
        TransactItems=[
            {"Delete": {"TableName": "orders", "Key": {"pk": {"S": "b"}}}},
            {"Put": {"TableName": "orders", "Item": {"pk": {"S": "c"}}}},
        ]
    )
    for name in (HERE, THERE, ELSEWHERE):
        items = region(name).scan(TableName="orders")["Items"]
        assert sorted(item["pk"]["S"] for item in items) == ["a", "c"]
        assert [item["pk"]["S"] for item in region(name).scan(TableName="orders", IndexName="by-g")["Items"]] == ["a"]
        records = records_of(region, name, "orders")
        kinds = [(record["eventName"], record["dynamodb"]["Keys"]["pk"]["S"]) for record in records]
        assert kinds == [("INSERT", "a"), ("MODIFY", "a"), ("INSERT", "b"), ("REMOVE", "b"), ("INSERT", "c")]
        assert {record["awsRegion"] for record in records} == {name}
        assert records[1]["dynamodb"]["OldImage"]["g"] == {"S": "x"}
    code, _ = refusal(
        region(THERE).put_item,
        TableName="orders",
        Item={"pk": {"S": "a"}},
        ConditionExpression="attribute_not_exists(pk)",
    )
    assert code == "ConditionalCheckFailedException"


def test_concurrent_writes_in_two_regions_all_count(dynamodb: Any, region: Region) -> None:
    make_table(dynamodb, "counters")
    add(dynamodb, "counters", THERE)
    clients = [region(name) for name in (HERE, THERE) * 2]

    def count(client: Any) -> None:
        for _ in range(25):
            client.update_item(
                TableName="counters",
                Key={"pk": {"S": "a"}},
                UpdateExpression="ADD n :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )

    with ThreadPoolExecutor() as threads:
        list(threads.map(count, clients))
    for name in (HERE, THERE):
        assert region(name).scan(TableName="counters")["Items"] == [{"pk": {"S": "a"}, "n": {"N": "100"}}]
        numbers = [record["dynamodb"]["NewImage"]["n"]["N"] for record in records_of(region, name, "counters")]
        assert numbers == [str(number) for number in range(1, 101)]


def test_many_items_are_copied_while_writes_go_on(aws: Any, dynamodb: Any, region: Region) -> None:
    make_table(dynamodb, "orders", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})
    for start in range(0, 1100, 25):
        puts = [{"PutRequest": {"Item": {"pk": {"S": str(n)}}}} for n in range(start, start + 25)]
        dynamodb.batch_write_item(RequestItems={"orders": puts})
    add(dynamodb, "orders", THERE)
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "7"}, "new": {"BOOL": True}})
    dynamodb.delete_item(TableName="orders", Key={"pk": {"S": "8"}})
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "more"}})
    aws.idle()
    assert replicas_of(dynamodb, "orders") == {THERE: "ACTIVE"}
    assert region(THERE).scan(TableName="orders", Select="COUNT")["Count"] == 1100
    assert region(THERE).get_item(TableName="orders", Key={"pk": {"S": "7"}})["Item"]["new"] == {"BOOL": True}
    assert "Item" not in region(THERE).get_item(TableName="orders", Key={"pk": {"S": "8"}})
    kinds = [record["eventName"] for record in records_of(region, THERE, "orders")]
    assert kinds == ["MODIFY", "REMOVE", "INSERT"]


def test_deletions_by_time_to_live_are_marked_in_one_region_only(aws: Any, dynamodb: Any, region: Region) -> None:
    make_table(dynamodb, "sessions")
    add(dynamodb, "sessions", THERE)
    wanted = {"Enabled": True, "AttributeName": "until"}
    region(THERE).update_time_to_live(TableName="sessions", TimeToLiveSpecification=wanted)
    expiry = dynamodb.describe_time_to_live(TableName="sessions")["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "until"}
    now = int(dynamodb.describe_table(TableName="sessions")["Table"]["CreationDateTime"].timestamp())
    dynamodb.put_item(TableName="sessions", Item={"pk": {"S": "a"}, "until": {"N": str(now + 60)}})
    aws.advance(120)
    assert region(THERE).scan(TableName="sessions")["Count"] == dynamodb.scan(TableName="sessions")["Count"] == 0
    removals = [records_of(region, name, "sessions")[-1] for name in (HERE, THERE)]
    assert [record["eventName"] for record in removals] == ["REMOVE", "REMOVE"]
    assert sum("userIdentity" in record for record in removals) == 1


def test_settings_follow_in_all_replicas(aws: Any, dynamodb: Any, region: Region) -> None:
    make_table(dynamodb, "orders")
    add(dynamodb, "orders", THERE)
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "a"}, "g": {"S": "x"}})
    region(THERE).update_table(
        TableName="orders",
        AttributeDefinitions=[{"AttributeName": "g", "AttributeType": "S"}],
        GlobalSecondaryIndexUpdates=[{"Create": index("by-g", "g")}],
    )
    aws.idle()
    assert dynamodb.scan(TableName="orders", IndexName="by-g")["Count"] == 1
    region(THERE).update_table(TableName="orders", TableClass="STANDARD_INFREQUENT_ACCESS")
    region(THERE).update_table(TableName="orders", DeletionProtectionEnabled=True)
    table = dynamodb.describe_table(TableName="orders")["Table"]
    assert table["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert table["DeletionProtectionEnabled"] is False
    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 7}
    dynamodb.update_table(
        TableName="orders",
        BillingMode="PROVISIONED",
        ProvisionedThroughput=units,
        GlobalSecondaryIndexUpdates=[{"Update": {"IndexName": "by-g", "ProvisionedThroughput": units}}],
    )
    there = region(THERE).describe_table(TableName="orders")["Table"]
    assert there["BillingModeSummary"]["BillingMode"] == "PROVISIONED"
    assert there["ProvisionedThroughput"]["WriteCapacityUnits"] == 7
    assert there["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    dynamodb.update_table(TableName="orders", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-g"}}])
    assert "GlobalSecondaryIndexes" not in region(THERE).describe_table(TableName="orders")["Table"]
    dynamodb.tag_resource(ResourceArn=table["TableArn"], Tags=[{"Key": "team", "Value": "blue"}])
    assert region(THERE).list_tags_of_resource(ResourceArn=there["TableArn"])["Tags"] == []


def test_replicas_override_reads_and_table_class(dynamodb: Any, region: Region) -> None:
    make_table(dynamodb, "orders", attributes={"g": "S"}, GlobalSecondaryIndexes=[index("by-g", "g")])
    add(
        dynamodb,
        "orders",
        THERE,
        TableClassOverride="STANDARD_INFREQUENT_ACCESS",
        OnDemandThroughputOverride={"MaxReadRequestUnits": 10},
        GlobalSecondaryIndexes=[{"IndexName": "by-g", "OnDemandThroughputOverride": {"MaxReadRequestUnits": 20}}],
        KMSMasterKeyId="alias/there",
    )
    (replica,) = dynamodb.describe_table(TableName="orders")["Table"]["Replicas"]
    assert replica["ReplicaTableClassSummary"] == {"TableClass": "STANDARD_INFREQUENT_ACCESS"}
    assert replica["OnDemandThroughputOverride"] == {"MaxReadRequestUnits": 10}
    assert replica["GlobalSecondaryIndexes"] == [
        {"IndexName": "by-g", "OnDemandThroughputOverride": {"MaxReadRequestUnits": 20}}
    ]
    assert replica["KMSMasterKeyId"] == "alias/there"
    there = region(THERE).describe_table(TableName="orders")["Table"]
    assert there["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert there["OnDemandThroughput"] == {"MaxReadRequestUnits": 10}
    assert there["GlobalSecondaryIndexes"][0]["OnDemandThroughput"] == {"MaxReadRequestUnits": 20}

    units = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 7}
    dynamodb.update_table(
        TableName="orders",
        BillingMode="PROVISIONED",
        ProvisionedThroughput=units,
        GlobalSecondaryIndexUpdates=[{"Update": {"IndexName": "by-g", "ProvisionedThroughput": units}}],
    )
    override = {"ReadCapacityUnits": 30}
    update = {
        "RegionName": THERE,
        "ProvisionedThroughputOverride": override,
        "TableClassOverride": "STANDARD",
        "GlobalSecondaryIndexes": [{"IndexName": "by-g", "ProvisionedThroughputOverride": override}],
    }
    dynamodb.update_table(TableName="orders", ReplicaUpdates=[{"Update": update}])
    there = region(THERE).describe_table(TableName="orders")["Table"]
    assert there["ProvisionedThroughput"]["ReadCapacityUnits"] == 30
    assert there["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] == 30
    assert dynamodb.describe_table(TableName="orders")["Table"]["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    dynamodb.update_table(TableName="orders", ProvisionedThroughput={"ReadCapacityUnits": 6, "WriteCapacityUnits": 8})
    there = region(THERE).describe_table(TableName="orders")["Table"]["ProvisionedThroughput"]
    assert (there["ReadCapacityUnits"], there["WriteCapacityUnits"]) == (30, 8)
    region(THERE).update_table(
        TableName="orders", ProvisionedThroughput={"ReadCapacityUnits": 31, "WriteCapacityUnits": 9}
    )
    here = dynamodb.describe_table(TableName="orders")["Table"]
    units = here["ProvisionedThroughput"]
    assert (units["ReadCapacityUnits"], units["WriteCapacityUnits"]) == (6, 9)
    assert here["Replicas"][0]["ProvisionedThroughputOverride"] == {"ReadCapacityUnits": 31}


def test_replicas_are_deleted_one_by_one(dynamodb: Any, region: Region) -> None:
    make_table(dynamodb, "orders")
    add(dynamodb, "orders", THERE, ELSEWHERE)
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "a"}})
    described = dynamodb.update_table(TableName="orders", ReplicaUpdates=[{"Delete": {"RegionName": THERE}}])
    shown = {one["RegionName"]: one["ReplicaStatus"] for one in described["TableDescription"]["Replicas"]}
    assert shown == {ELSEWHERE: "ACTIVE", THERE: "DELETING"}
    assert region(THERE).list_tables()["TableNames"] == []
    assert replicas_of(region(ELSEWHERE), "orders") == {HERE: "ACTIVE"}
    region(ELSEWHERE).delete_table(TableName="orders")
    table = dynamodb.describe_table(TableName="orders")["Table"]
    assert not {"Replicas", "GlobalTableVersion", "MultiRegionConsistency"} & table.keys()
    assert dynamodb.scan(TableName="orders")["Count"] == 1
    dynamodb.delete_table(TableName="orders")
    assert dynamodb.list_tables()["TableNames"] == []


def test_the_source_of_a_replica_stays_for_a_day(aws: Any, dynamodb: Any, region: Region) -> None:
    make_table(dynamodb, "orders")
    add(dynamodb, "orders", THERE)
    refused = (
        "ValidationException",
        "Replica cannot be deleted because it has acted as a source region for new replica(s) being added to the "
        "table in the last 24 hours.",
    )
    assert refusal(dynamodb.delete_table, TableName="orders") == refused
    away = [{"Delete": {"RegionName": HERE}}]
    assert refusal(region(THERE).update_table, TableName="orders", ReplicaUpdates=away) == refused
    aws.advance(24 * 3600)
    dynamodb.delete_table(TableName="orders")
    assert replicas_of(region(THERE), "orders") == {}


def test_a_protected_replica_is_not_deleted(dynamodb: Any, region: Region) -> None:
    make_table(dynamodb, "orders")
    add(dynamodb, "orders", THERE)
    region(THERE).update_table(TableName="orders", DeletionProtectionEnabled=True)
    gone = [{"Delete": {"RegionName": THERE}}]
    code, message = refusal(dynamodb.update_table, TableName="orders", ReplicaUpdates=gone)
    assert code == "ValidationException"
    assert message.startswith("Resource cannot be deleted as it is currently protected against deletion.")


def test_a_replica_leaves_when_it_is_not_protected(dynamodb: Any, region: Region) -> None:
    make_table(dynamodb, "orders")
    add(dynamodb, "orders", THERE)
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "a"}})
    away = [{"Disassociate": {"RegionName": THERE, "DisassociationMode": "WAIT_FOR_REPLICATION"}}]
    code, message = refusal(region(THERE).update_table, TableName="orders", ReplicaUpdates=away)
    assert (code, "protected against disassociation" in message) == ("ValidationException", True)
    code, message = refusal(dynamodb.update_table, TableName="orders", ReplicaUpdates=away)
    assert (code, "Only the local replica" in message) == ("ValidationException", True)
    region(THERE).update_table(TableName="orders", DisassociationProtectionEnabled=False)
    assert region(THERE).describe_table(TableName="orders")["Table"]["DisassociationProtectionEnabled"] is False
    assert dynamodb.describe_table(TableName="orders")["Table"]["DisassociationProtectionEnabled"] is True
    region(THERE).update_table(TableName="orders", ReplicaUpdates=away)
    dynamodb.put_item(TableName="orders", Item={"pk": {"S": "b"}})
    assert region(THERE).scan(TableName="orders")["Count"] == 1
    assert replicas_of(dynamodb, "orders") == replicas_of(region(THERE), "orders") == {}
    code, _ = refusal(dynamodb.update_table, TableName="orders", DisassociationProtectionEnabled=False)
    assert code == "ValidationException"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"ReplicaUpdates": [{"Create": {"RegionName": HERE}}]},
            "Cannot add, delete, or update the local region through ReplicaUpdates. Use CreateTable, DeleteTable, or "
            "UpdateTable as required.",
        ),
        (
            {"ReplicaUpdates": [{"Create": {"RegionName": THERE}}]},
            "Failed to create a the new replica of table with name: 'orders' because one or more replicas already "
            "existed as tables.",
        ),
        (
            {"ReplicaUpdates": [{"Delete": {"RegionName": ELSEWHERE}}]},
            "Replica specified in the Replica Update or Replica Delete action of the request was not found",
        ),
        (
            {"ReplicaUpdates": [{"Update": {"RegionName": ELSEWHERE, "TableClassOverride": "STANDARD"}}]},
            "Replica specified in the Replica Update or Replica Delete action of the request was not found",
        ),
        (
            {"StreamSpecification": {"StreamEnabled": False}},
            "One or more parameter values were invalid: Disabling Stream is not allowed for a Global Table replica.",
        ),
        ({"ReplicaUpdates": [{"Create": {"RegionName": "cn-north-1"}}]}, "Region cn-north-1 is not a valid region"),
        ({"ReplicaUpdates": [{"Create": {"RegionName": "mars"}}]}, "Region mars is not a valid region"),
        ({"ReplicaUpdates": [{}]}, "Exactly one of Create, Update, Delete and Disassociate"),
        (
            {"ReplicaUpdates": [{"Create": {"RegionName": ELSEWHERE}}, {"Create": {"RegionName": "us-west-1"}}]},
            "Only one replica can be created or updated by a request",
        ),
        (
            {"ReplicaUpdates": [{"Delete": {"RegionName": THERE}}, {"Delete": {"RegionName": THERE}}]},
            "Only one replica update per region is allowed",
        ),
        (
            {"ReplicaUpdates": [{"Create": {"RegionName": ELSEWHERE}}], "TableClass": "STANDARD"},
            "ReplicaUpdates cannot be specified together with TableClass",
        ),
        ({"ReplicaUpdates": [{"Update": {"RegionName": THERE}}]}, "must specify at least one parameter"),
        (
            {
                "ReplicaUpdates": [
                    {"Update": {"RegionName": THERE, "ProvisionedThroughputOverride": {"ReadCapacityUnits": 1}}}
                ]
            },
            "ProvisionedThroughputOverride cannot be specified when BillingMode is PAY_PER_REQUEST",
        ),
        ({"MultiRegionConsistency": "STRONG"}, "MultiRegionConsistency can only be specified when"),
        (
            {"GlobalTableWitnessUpdates": [{"Create": {"RegionName": "us-west-2"}}]},
            "A witness can only be added when",
        ),
        (
            {"GlobalTableWitnessUpdates": [{"Delete": {"RegionName": "us-west-2"}}]},
            "The global table has no witness in region us-west-2",
        ),
    ],
)
def test_a_wrong_change_of_replicas_is_refused(dynamodb: Any, members: dict[str, Any], message: str) -> None:
    make_table(dynamodb, "orders")
    add(dynamodb, "orders", THERE)
    code, found = refusal(dynamodb.update_table, TableName="orders", **members)
    assert code == "ValidationException"
    assert message in found


def test_a_table_must_fit_to_get_replicas(dynamodb: Any, region: Region) -> None:
    keys_only = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    make_table(dynamodb, "keys", StreamSpecification=keys_only)
    create = [{"Create": {"RegionName": THERE}}]
    code, message = refusal(dynamodb.update_table, TableName="keys", ReplicaUpdates=create)
    assert (code, "NEW_AND_OLD_IMAGES" in message) == ("ValidationException", True)
    make_table(dynamodb, "taken")
    make_table(region(THERE), "taken")
    code, message = refusal(dynamodb.update_table, TableName="taken", ReplicaUpdates=create)
    assert (code, "already existed as tables" in message) == ("ValidationException", True)
    code, _ = refusal(dynamodb.update_table, TableName="nothing", ReplicaUpdates=create)
    assert code == "ResourceNotFoundException"
    index_wanted = [
        {
            "Create": {
                "RegionName": THERE,
                "GlobalSecondaryIndexes": [
                    {"IndexName": "nothing", "OnDemandThroughputOverride": {"MaxReadRequestUnits": 1}}
                ],
            }
        }
    ]
    make_table(dynamodb, "plain")
    code, _ = refusal(dynamodb.update_table, TableName="plain", ReplicaUpdates=index_wanted)
    assert code == "ResourceNotFoundException"


def test_global_tables_of_several_accounts_are_refused(dynamodb: Any) -> None:
    make_table(dynamodb, "orders")
    code, _ = refusal(dynamodb.update_table, TableName="orders", GlobalTableSettingsReplicationMode="ENABLED")
    assert code == "NotImplemented"
    arn = "arn:aws:dynamodb:us-east-1:111122223333:table/orders"
    code, _ = refusal(dynamodb.create_table, TableName="other", GlobalTableSourceArn=arn)
    assert code == "NotImplemented"
