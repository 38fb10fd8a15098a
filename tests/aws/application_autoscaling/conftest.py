"""Scalable targets for tests of Application Auto Scaling."""

from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

READS, WRITES = "dynamodb:table:ReadCapacityUnits", "dynamodb:table:WriteCapacityUnits"
INDEX_WRITES = "dynamodb:index:WriteCapacityUnits"
METRICS = {READS: "DynamoDBReadCapacityUtilization", WRITES: "DynamoDBWriteCapacityUtilization"}
METRICS[INDEX_WRITES] = METRICS[WRITES]
SERVICE = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/default/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}


def target(resource_id: str = "table/orders", dimension: str = READS) -> dict[str, str]:
    """The members that name a target of DynamoDB."""
    return {"ServiceNamespace": "dynamodb", "ResourceId": resource_id, "ScalableDimension": dimension}


def tracking(dimension: str = READS, percent: float = 50.0, **members: Any) -> dict[str, Any]:
    """Members of PutScalingPolicy for DynamoDB's own metric."""
    specification = {"PredefinedMetricType": METRICS[dimension]}
    configuration = {"TargetValue": percent, "PredefinedMetricSpecification": specification, **members}
    return {"PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": configuration}


def make_table(client: Any, name: str = "orders", reads: int = 5, writes: int = 5) -> None:
    """A provisioned table with an index, both with the same throughput."""
    throughput = {"ReadCapacityUnits": reads, "WriteCapacityUnits": writes}
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "g")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        ProvisionedThroughput=throughput,
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-g",
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
                "ProvisionedThroughput": throughput,
            }
        ],
    )


def units(client: Any, name: str = "orders") -> tuple[int, int]:
    """A table's read and write capacity."""
    throughput = client.describe_table(TableName=name)["Table"]["ProvisionedThroughput"]
    return throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    """The code and message of the error that a call ends with."""
    with pytest.raises(ClientError) as refused:
        call(**request)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def scaling(aws: Any) -> Any:
    """A client that sends requests as they are."""
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    return aws.client("application-autoscaling", config=config)


@pytest.fixture
def dynamodb(aws: Any) -> Any:
    return aws.client("dynamodb")
