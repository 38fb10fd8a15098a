"""Auto scaling of replicas, through Application Auto Scaling."""

from typing import Any

import pytest

from tests.aws.dynamodb.conftest import index, make_table, refusal
from tests.aws.dynamodb.stacks import GLOBAL_TABLE, TableStack, attributes, key

HERE, THERE = "us-east-1", "eu-west-1"
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
UPDATE = {
    "MinimumUnits": 5,
    "MaximumUnits": 50,
    "ScalingPolicyUpdate": {"TargetTrackingScalingPolicyConfiguration": {"TargetValue": 70.0}},
}
PROVISIONED = {
    "BillingMode": "PROVISIONED",
    "ProvisionedThroughput": UNITS,
    "attributes": {"g": "S"},
    "GlobalSecondaryIndexes": [{**index("by-g", "g"), "ProvisionedThroughput": UNITS}],
}


def scale_writes(client: Any, name: str) -> dict[str, Any]:
    described = client.update_table_replica_auto_scaling(
        TableName=name,
        ProvisionedWriteCapacityAutoScalingUpdate=UPDATE,
        GlobalSecondaryIndexUpdates=[{"IndexName": "by-g", "ProvisionedWriteCapacityAutoScalingUpdate": UPDATE}],
    )
    return dict(described["TableAutoScalingDescription"])


def targets(aws: Any, region: str) -> dict[tuple[str, str], tuple[int, int]]:
    scaling = aws.client("application-autoscaling", region_name=region)
    found = scaling.describe_scalable_targets(ServiceNamespace="dynamodb")["ScalableTargets"]
    return {
        (one["ResourceId"], one["ScalableDimension"].rpartition(":")[2]): (one["MinCapacity"], one["MaxCapacity"])
        for one in found
    }


def test_provisioned_tables_need_scaled_writes_to_get_replicas(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "orders", **PROVISIONED)
    create = [{"Create": {"RegionName": THERE}}]
    refused = refusal(dynamodb.update_table, TableName="orders", ReplicaUpdates=create)
    assert refused == (
        "ValidationException",
        "Table write capacity should either be Pay-Per-Request or AutoScaled.",
    )
    assert scale_writes(dynamodb, "orders")["TableName"] == "orders"
    override = {"ReadCapacityUnits": 9}
    replica = {
        "RegionName": THERE,
        "ProvisionedThroughputOverride": override,
        "GlobalSecondaryIndexes": [{"IndexName": "by-g", "ProvisionedThroughputOverride": override}],
    }
    dynamodb.update_table(TableName="orders", ReplicaUpdates=[{"Create": replica}])
    there = aws.client("dynamodb", region_name=THERE).describe_table(TableName="orders")["Table"]
    assert there["ProvisionedThroughput"]["ReadCapacityUnits"] == 9
    assert there["ProvisionedThroughput"]["WriteCapacityUnits"] == 6
    assert there["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] == 9
    writes = {
        ("table/orders", "WriteCapacityUnits"): (5, 50),
        ("table/orders/index/by-g", "WriteCapacityUnits"): (5, 50),
    }
    assert targets(aws, HERE) == targets(aws, THERE) == writes


def test_replicas_scale_their_reads_each_its_own_way(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "orders", **PROVISIONED)
    scale_writes(dynamodb, "orders")
    dynamodb.update_table(TableName="orders", ReplicaUpdates=[{"Create": {"RegionName": THERE}}])
    wide = {**UPDATE, "MaximumUnits": 99, "ScalingPolicyUpdate": {**UPDATE["ScalingPolicyUpdate"], "PolicyName": "p"}}
    described = dynamodb.update_table_replica_auto_scaling(
        TableName="orders",
        ReplicaUpdates=[
            {
                "RegionName": THERE,
                "ReplicaProvisionedReadCapacityAutoScalingUpdate": wide,
                "ReplicaGlobalSecondaryIndexUpdates": [
                    {"IndexName": "by-g", "ProvisionedReadCapacityAutoScalingUpdate": UPDATE}
                ],
            }
        ],
    )["TableAutoScalingDescription"]
    assert described["TableStatus"] == "UPDATING"
    shown = dynamodb.describe_table_replica_auto_scaling(TableName="orders")["TableAutoScalingDescription"]
    assert shown["TableStatus"] == "ACTIVE"
    here, there = shown["Replicas"]
    assert (here["RegionName"], there["RegionName"]) == (HERE, THERE)
    assert "ReplicaProvisionedReadCapacityAutoScalingSettings" not in here
    reads = there["ReplicaProvisionedReadCapacityAutoScalingSettings"]
    assert (reads["MinimumUnits"], reads["MaximumUnits"], reads["AutoScalingDisabled"]) == (5, 99, False)
    (policy,) = reads["ScalingPolicies"]
    assert policy["PolicyName"] == "p"
    assert policy["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 70.0
    (one,) = there["GlobalSecondaryIndexes"]
    assert one["ProvisionedReadCapacityAutoScalingSettings"]["MaximumUnits"] == 50
    assert one["ProvisionedWriteCapacityAutoScalingSettings"]["MaximumUnits"] == 50
    off = {"RegionName": THERE, "ReplicaProvisionedReadCapacityAutoScalingUpdate": {"AutoScalingDisabled": True}}
    dynamodb.update_table_replica_auto_scaling(TableName="orders", ReplicaUpdates=[off])
    assert ("table/orders", "ReadCapacityUnits") not in targets(aws, THERE)


def test_wrong_scaling_of_replicas_is_refused(dynamodb: Any) -> None:
    make_table(dynamodb, "orders", **PROVISIONED)
    make_table(dynamodb, "free")

    def update(name: str = "orders", **members: Any) -> str:
        return refusal(dynamodb.update_table_replica_auto_scaling, TableName=name, **members)[0]

    write = {"ProvisionedWriteCapacityAutoScalingUpdate": UPDATE}
    assert update("nothing", **write) == "ResourceNotFoundException"
    assert update() == "ValidationException"
    assert update("free", **write) == "ValidationException"
    assert update(ProvisionedWriteCapacityAutoScalingUpdate={"MinimumUnits": 1}) == "ValidationException"
    assert update(GlobalSecondaryIndexUpdates=[{"IndexName": "nothing", **write}]) == "ResourceNotFoundException"
    away = {"RegionName": THERE, "ReplicaProvisionedReadCapacityAutoScalingUpdate": UPDATE}
    assert update(ReplicaUpdates=[away]) == "ResourceNotFoundException"
    code, _ = refusal(dynamodb.describe_table_replica_auto_scaling, TableName="nothing")
    assert code == "ResourceNotFoundException"


def test_settings_of_a_legacy_global_table_change_in_all_regions(aws: Any, dynamodb: Any) -> None:
    for region in (HERE, THERE):
        make_table(aws.client("dynamodb", region_name=region), "music", StreamSpecification=STREAM, **PROVISIONED)
    dynamodb.create_global_table(
        GlobalTableName="music", ReplicationGroup=[{"RegionName": HERE}, {"RegionName": THERE}]
    )
    described = dynamodb.update_global_table_settings(
        GlobalTableName="music",
        GlobalTableProvisionedWriteCapacityUnits=20,
        GlobalTableProvisionedWriteCapacityAutoScalingSettingsUpdate=UPDATE,
        GlobalTableGlobalSecondaryIndexSettingsUpdate=[
            {
                "IndexName": "by-g",
                "ProvisionedWriteCapacityUnits": 30,
                "ProvisionedWriteCapacityAutoScalingSettingsUpdate": UPDATE,
            }
        ],
        ReplicaSettingsUpdate=[
            {
                "RegionName": THERE,
                "ReplicaProvisionedReadCapacityUnits": 40,
                "ReplicaProvisionedReadCapacityAutoScalingSettingsUpdate": UPDATE,
                "ReplicaGlobalSecondaryIndexSettingsUpdate": [
                    {
                        "IndexName": "by-g",
                        "ProvisionedReadCapacityUnits": 50,
                        "ProvisionedReadCapacityAutoScalingSettingsUpdate": UPDATE,
                    }
                ],
            }
        ],
    )["ReplicaSettings"]
    assert described == dynamodb.describe_global_table_settings(GlobalTableName="music")["ReplicaSettings"]
    there, here = described
    assert (there["RegionName"], here["RegionName"]) == (THERE, HERE)
    assert (there["ReplicaProvisionedReadCapacityUnits"], here["ReplicaProvisionedReadCapacityUnits"]) == (40, 5)
    for replica in (there, here):
        assert replica["ReplicaProvisionedWriteCapacityUnits"] == 20
        assert replica["ReplicaProvisionedWriteCapacityAutoScalingSettings"]["MaximumUnits"] == 50
        assert replica["ReplicaGlobalSecondaryIndexSettings"][0]["ProvisionedWriteCapacityUnits"] == 30
    assert there["ReplicaProvisionedReadCapacityAutoScalingSettings"]["MaximumUnits"] == 50
    assert "ReplicaProvisionedReadCapacityAutoScalingSettings" not in here
    (one,) = there["ReplicaGlobalSecondaryIndexSettings"]
    assert one["ProvisionedReadCapacityUnits"] == 50
    assert one["ProvisionedReadCapacityAutoScalingSettings"]["MinimumUnits"] == 5


@pytest.mark.parametrize("regions", [(HERE,), (HERE, THERE)])
def test_a_provisioned_global_table_is_deployed_with_its_scaling(
    aws: Any, dynamodb: Any, regions: tuple[str, ...]
) -> None:
    def scaling(kind: str, least: int) -> dict[str, Any]:
        settings = {
            "MinCapacity": least,
            "MaxCapacity": "100",
            "SeedCapacity": least + 1,
            "TargetTrackingScalingPolicyConfiguration": {"TargetValue": "60", "DisableScaleIn": "true"},
        }
        return {f"{kind}ProvisionedThroughputSettings": {f"{kind}CapacityAutoScalingSettings": settings}}

    stack = TableStack(aws)
    replica = {
        **scaling("Read", 3),
        "GlobalSecondaryIndexes": [
            {"IndexName": "by-g", "ReadProvisionedThroughputSettings": {"ReadCapacityUnits": 7}}
        ],
    }
    wanted = {
        "TableName": "orders",
        "AttributeDefinitions": attributes("pk", "g"),
        "KeySchema": key("pk"),
        "BillingMode": "PROVISIONED",
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by-g",
                "KeySchema": key("g"),
                "Projection": {"ProjectionType": "ALL"},
                **scaling("Write", 8),
            }
        ],
        **scaling("Write", 5),
        "Replicas": [{"Region": region, **replica} for region in regions],
    }
    stack.put(wanted, GLOBAL_TABLE)
    for region in regions:
        table = aws.client("dynamodb", region_name=region).describe_table(TableName="orders")["Table"]
        units, of_index = table["ProvisionedThroughput"], table["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]
        assert (units["ReadCapacityUnits"], units["WriteCapacityUnits"]) == (4, 6)
        assert (of_index["ReadCapacityUnits"], of_index["WriteCapacityUnits"]) == (7, 9)
        assert targets(aws, region) == {
            ("table/orders", "ReadCapacityUnits"): (3, 100),
            ("table/orders", "WriteCapacityUnits"): (5, 100),
            ("table/orders/index/by-g", "WriteCapacityUnits"): (8, 100),
        }
    stack.put({**wanted, **scaling("Write", 10)}, GLOBAL_TABLE)
    for region in regions:
        assert targets(aws, region)["table/orders", "WriteCapacityUnits"] == (10, 100)
