"""Clients and tables for DynamoDB's tests."""

from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError


def make_table(client: Any, name: str, hash_key: str = "pk:S", range_key: str = "", **options: Any) -> str:
    """Create a table; keys are written `name:type`. Returns its ARN."""
    definitions: dict[str, str] = {}
    schema = []
    for key, kind in ((hash_key, "HASH"), (range_key, "RANGE")):
        if key:
            attribute, _, attribute_type = key.partition(":")
            definitions[attribute] = attribute_type
            schema.append({"AttributeName": attribute, "KeyType": kind})
    definitions.update(options.pop("attributes", {}))
    options.setdefault("BillingMode", "PAY_PER_REQUEST")
    described = client.create_table(
        TableName=name,
        KeySchema=schema,
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": kind} for key, kind in definitions.items()],
        **options,
    )
    return str(described["TableDescription"]["TableArn"])


def index(name: str, hash_key: str, range_key: str = "", projection: str = "ALL", *included: str) -> dict[str, Any]:
    """An index definition."""
    schema = [{"AttributeName": hash_key, "KeyType": "HASH"}]
    if range_key:
        schema.append({"AttributeName": range_key, "KeyType": "RANGE"})
    wanted: dict[str, Any] = {"ProjectionType": projection}
    if included:
        wanted["NonKeyAttributes"] = list(included)
    return {"IndexName": name, "KeySchema": schema, "Projection": wanted}


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    """The code and message of the error that a call ends with."""
    with pytest.raises(ClientError) as refused:
        call(**request)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def dynamodb(aws: Any) -> Any:
    """A client that sends requests as they are: what the service would refuse isn't refused by the SDK."""
    return aws.client("dynamodb", config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))


@pytest.fixture
def streams(aws: Any) -> Any:
    return aws.client("dynamodbstreams")
