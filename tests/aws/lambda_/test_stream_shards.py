"""Event source mappings of DynamoDB streams with several shards."""

import json
from collections.abc import Callable
from typing import Any

import pytest

HOUR = 3600
SPLIT_AFTER = 10_000

IN_ORDER = """
import boto3
table = boto3.resource('dynamodb').Table('seen')
def handler(event, context):
    for record in event['Records']:
        key, image = record['dynamodb']['Keys']['id']['S'], record['dynamodb'].get('NewImage', {})
        if key == 'poison':
            raise ValueError('poison')
        step = image.get('step', {}).get('N', 'gone')
        identity = record.get('userIdentity', {})
        table.update_item(Key={'pk': key},
            UpdateExpression='SET steps = list_append(if_not_exists(steps, :none), :step), who = :who',
            ExpressionAttributeValues={':none': [], ':step': [step], ':who': identity})
"""


@pytest.fixture
def seen(aws: Any) -> Any:
    return make_table(aws, "seen", "pk")


@pytest.fixture
def source(aws: Any) -> Any:
    return make_table(
        aws, "source", "id", StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    )


def make_table(aws: Any, name: str, key: str, **options: Any) -> Any:
    table = aws.resource("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **options,
    )
    table.wait_until_exists()
    return table


def steps(seen: Any) -> dict[str, list[str]]:
    return {str(item["pk"]): item["steps"] for item in seen.scan()["Items"]}


def shards_of(aws: Any, source: Any) -> list[Any]:
    described = aws.client("dynamodbstreams").describe_stream(StreamArn=source.latest_stream_arn)
    return list(described["StreamDescription"]["Shards"])


def follow(functions: Any, source: Any, position: str, **options: Any) -> None:
    functions.create_event_source_mapping(
        EventSourceArn=source.latest_stream_arn, FunctionName="f", StartingPosition=position, **options
    )


def fill(aws: Any, turns: int) -> None:
    client = aws.client("dynamodb")
    for turn in range(turns):
        writes = [{"PutRequest": {"Item": {"id": {"S": f"filler{n}"}, "turn": {"N": str(turn)}}}} for n in range(25)]
        client.batch_write_item(RequestItems={"source": writes})


def test_shards_that_follow_one_another_are_read_in_order(
    aws: Any, functions: Any, create: Callable[..., Any], seen: Any, source: Any
) -> None:
    create(IN_ORDER, Timeout=20)
    for step in range(3):
        source.put_item(Item={"id": "a", "step": step})
        source.put_item(Item={"id": "b", "step": step})
        aws.advance(4 * HOUR + 1)
    assert len(shards_of(aws, source)) == 4
    follow(functions, source, "TRIM_HORIZON", BatchSize=1)
    aws.idle()
    assert steps(seen) == {"a": ["0", "1", "2"], "b": ["0", "1", "2"]}
    source.put_item(Item={"id": "a", "step": 3})
    aws.advance(4 * HOUR + 1)
    source.put_item(Item={"id": "a", "step": 4})
    aws.idle()
    assert steps(seen)["a"] == ["0", "1", "2", "3", "4"]
    aws.advance(30 * HOUR)
    source.put_item(Item={"id": "a", "step": 5})
    aws.idle()
    assert steps(seen)["a"][-2:] == ["4", "5"]


def test_latest_begins_after_what_is_in_any_shard(
    aws: Any, functions: Any, create: Callable[..., Any], seen: Any, source: Any
) -> None:
    create(IN_ORDER, Timeout=20)
    source.put_item(Item={"id": "a", "step": 0})
    aws.advance(4 * HOUR + 1)
    source.put_item(Item={"id": "a", "step": 1})
    follow(functions, source, "LATEST")
    source.put_item(Item={"id": "a", "step": 2})
    aws.idle()
    aws.advance(4 * HOUR + 1)
    source.put_item(Item={"id": "a", "step": 3})
    aws.idle()
    assert steps(seen) == {"a": ["2", "3"]}


def test_a_shard_that_is_split_is_read_before_its_children(
    aws: Any, functions: Any, create: Callable[..., Any], seen: Any, source: Any
) -> None:
    create(IN_ORDER, Timeout=20)
    pattern = json.dumps({"dynamodb": {"NewImage": {"step": {"N": [{"exists": True}]}}}})
    chosen = {"Filters": [{"Pattern": pattern}]}
    ids = [f"k{n}" for n in range(6)]
    for id in ids:
        source.put_item(Item={"id": id, "step": 0})
    fill(aws, SPLIT_AFTER // 25)
    aws.idle()
    for id in ids:
        source.put_item(Item={"id": id, "step": 1})
    assert len(shards_of(aws, source)) == 3
    follow(functions, source, "TRIM_HORIZON", FilterCriteria=chosen, BatchSize=500, ParallelizationFactor=2)
    aws.idle()
    for id in ids:
        source.put_item(Item={"id": id, "step": 2})
    aws.idle()
    assert steps(seen) == {id: ["0", "1", "2"] for id in ids}


def test_a_shard_that_fails_holds_back_its_children_until_it_is_given_up(
    aws: Any, functions: Any, create: Callable[..., Any], seen: Any, source: Any
) -> None:
    failed = aws.client("sqs").create_queue(QueueName="failed")["QueueUrl"]
    create(IN_ORDER, Timeout=20)
    destination = {"OnFailure": {"Destination": f"arn:aws:sqs:us-east-1:{aws.account}:failed"}}
    source.put_item(Item={"id": "poison"})
    aws.advance(4 * HOUR + 1)
    source.put_item(Item={"id": "a", "step": 0})
    (parent, _) = shards_of(aws, source)
    follow(functions, source, "TRIM_HORIZON", MaximumRetryAttempts=1, DestinationConfig=destination)
    aws.idle()
    assert steps(seen) == {}
    aws.advance(60)
    assert steps(seen) == {"a": ["0"]}
    (message,) = aws.client("sqs").receive_message(QueueUrl=failed)["Messages"]
    assert json.loads(message["Body"])["DDBStreamBatchInfo"]["shardId"] == parent["ShardId"]


def test_deletions_by_time_to_live_say_whose_they_are_as_lambda_spells_it(
    aws: Any, functions: Any, create: Callable[..., Any], seen: Any, source: Any
) -> None:
    create(IN_ORDER, Timeout=20)
    wanted = {"Enabled": True, "AttributeName": "until"}
    aws.client("dynamodb").update_time_to_live(TableName="source", TimeToLiveSpecification=wanted)
    follow(functions, source, "LATEST")
    source.put_item(Item={"id": "a", "step": 0, "until": int(aws.clock.now()) + 60})
    aws.advance(120)
    (item,) = seen.scan()["Items"]
    assert item["steps"] == ["0", "gone"]
    assert item["who"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def test_a_shard_without_anything_for_the_function_does_not_hold_back_its_children(
    aws: Any, functions: Any, create: Callable[..., Any], seen: Any, source: Any
) -> None:
    create(IN_ORDER, Timeout=20)
    for step in range(3):
        source.put_item(Item={"id": "wanted" if step == 2 else "other", "step": step})
        aws.advance((26 if step == 0 else 4) * HOUR + 1)
    pattern = json.dumps({"dynamodb": {"Keys": {"id": {"S": ["wanted"]}}}})
    follow(functions, source, "TRIM_HORIZON", FilterCriteria={"Filters": [{"Pattern": pattern}]})
    aws.idle()
    assert steps(seen) == {"wanted": ["2"]}
