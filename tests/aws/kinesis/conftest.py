"""Clients and streams for Kinesis's tests."""

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

ARN = "arn:aws:kinesis:us-east-1:{account}:stream/{name}"
HALF = 1 << 127
"""The first hash key of the second of two shards."""


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    """The code and message of the error that a call ends with."""
    with pytest.raises(ClientError) as refused:
        call(**request)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def make_stream(client: Any, name: str = "s", shards: int = 1, **options: Any) -> str:
    """Create a stream and return its ARN."""
    if "StreamModeDetails" not in options:
        options["ShardCount"] = shards
    client.create_stream(StreamName=name, **options)
    return str(summary_of(client, name)["StreamARN"])


def summary_of(client: Any, name: str = "s") -> dict[str, Any]:
    found: dict[str, Any] = client.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
    return found


def shards_of(client: Any, name: str = "s", **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.list_shards(StreamName=name, **options)["Shards"]
    return found


def shard_name(number: int) -> str:
    return f"shardId-{number:012d}"


def put(client: Any, data: bytes, hash_key: int = 0, name: str = "s", **options: Any) -> str:
    """Put a record and return its sequence number."""
    reply = client.put_record(StreamName=name, PartitionKey="k", ExplicitHashKey=str(hash_key), Data=data, **options)
    return str(reply["SequenceNumber"])


def iterator(client: Any, kind: str = "TRIM_HORIZON", number: int = 0, name: str = "s", **options: Any) -> str:
    reply = client.get_shard_iterator(StreamName=name, ShardId=shard_name(number), ShardIteratorType=kind, **options)
    return str(reply["ShardIterator"])


def read(client: Any, kind: str = "TRIM_HORIZON", number: int = 0, name: str = "s", **options: Any) -> list[bytes]:
    """The data of the records from a position of a shard."""
    reply = client.get_records(ShardIterator=iterator(client, kind, number, name, **options))
    return [record["Data"] for record in reply["Records"]]


def ask(aws: Any, operation: str, **request: Any) -> tuple[int, dict[str, Any]]:
    """Send a request as it is, for members that send the SDK to an endpoint of their own; return status and reply."""
    credential = f"{aws.account}/20260101/us-east-1/kinesis/aws4_request"
    headers = {
        "X-Amz-Target": f"Kinesis_20131202.{operation}",
        "Content-Type": "application/x-amz-json-1.1",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0",
    }
    asked = urllib.request.Request(aws.endpoint, json.dumps(request).encode(), headers)
    try:
        with urllib.request.urlopen(asked) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.fixture
def kinesis(aws: Any) -> Any:
    """A client that sends requests as they are: what the service would refuse isn't refused by the SDK."""
    return aws.client("kinesis", config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))
