"""Event source mappings: queues and DynamoDB streams to functions."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

RECORD = """
import json, os, boto3
table = boto3.resource('dynamodb').Table('seen')
def handler(event, context):
    failures = []
    for record in event['Records']:
        body = record['body']
        if body == 'raise':
            raise ValueError(body)
        if body == 'fail':
            failures.append({'itemIdentifier': record['messageId']})
            continue
        table.update_item(Key={'pk': body}, UpdateExpression='ADD times :one SET batch_size = :n, event_source = :s',
            ExpressionAttributeValues={':one': 1, ':n': len(event['Records']), ':s': record['eventSourceARN']})
    return {'batchItemFailures': failures}
"""


@pytest.fixture
def seen(aws: Any) -> Any:
    table = aws.resource("dynamodb").create_table(
        TableName="seen",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    return table


@pytest.fixture
def queue(aws: Any) -> tuple[str, str, str]:
    """A queue's URL and ARN, and its dead-letter queue's URL."""
    sqs = aws.client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    policy = {"deadLetterTargetArn": f"arn:aws:sqs:us-east-1:{aws.account}:dead", "maxReceiveCount": 2}
    url = sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "30", "RedrivePolicy": json.dumps(policy)})[
        "QueueUrl"
    ]
    return url, f"arn:aws:sqs:us-east-1:{aws.account}:q", dead


def depth(aws: Any, url: str) -> tuple[int, int]:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return int(attributes[names[0]]), int(attributes[names[1]])


def test_messages_reach_the_function_and_are_deleted(
    aws: Any, functions: Any, create: Callable[..., Any], seen: Any, queue: tuple[str, str, str]
) -> None:
    url, arn, _ = queue
    create(RECORD, Timeout=20)
    mapping = functions.create_event_source_mapping(EventSourceArn=arn, FunctionName="f", BatchSize=5)
    assert mapping["State"] == "Creating"
    for start in (0, 10):
        entries = [{"Id": str(n), "MessageBody": f"m{start + n}"} for n in range(10)]
        aws.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    aws.idle()
    items = seen.scan()["Items"]
    assert sorted(item["pk"] for item in items) == sorted(f"m{n}" for n in range(20))
    assert all(item["times"] == 1 and item["batch_size"] <= 5 for item in items)
    assert items[0]["event_source"] == arn
    assert depth(aws, url) == (0, 0)
    assert functions.get_event_source_mapping(UUID=mapping["UUID"])["State"] == "Enabled"


def test_reported_failures_alone_come_back_and_end_in_the_dead_letter_queue(
    aws: Any, functions: Any, create: Callable[..., Any], seen: Any, queue: tuple[str, str, str]
) -> None:
    url, arn, dead = queue
    create(RECORD, Timeout=20)
    functions.create_event_source_mapping(
        EventSourceArn=arn, FunctionName="f", FunctionResponseTypes=["ReportBatchItemFailures"]
    )
    entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(("a", "fail", "b"))]
    aws.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
    aws.idle()
    assert depth(aws, url) == (0, 1)
    aws.advance(31)
    aws.advance(31)
    assert depth(aws, url) == (0, 0)
    assert depth(aws, dead) == (1, 0)
    assert {item["pk"]: item["times"] for item in seen.scan()["Items"]} == {"a": 1, "b": 1}


def test_a_failed_batch_comes_back_whole(
    aws: Any, functions: Any, create: Callable[..., Any], seen: Any, queue: tuple[str, str, str]
) -> None:
    url, arn, dead = queue
    create(RECORD, Timeout=20)
    functions.create_event_source_mapping(EventSourceArn=arn, FunctionName="f")
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="raise")
    aws.idle()
    assert depth(aws, url) == (0, 1)
    aws.advance(31)
    assert depth(aws, url) == (0, 1)
    aws.advance(31)
    assert depth(aws, dead) == (1, 0)


def test_messages_that_the_filter_leaves_out_are_deleted(
    aws: Any, functions: Any, create: Callable[..., Any], seen: Any, queue: tuple[str, str, str]
) -> None:
    url, arn, _ = queue
    create(RECORD, Timeout=20)
    pattern = json.dumps({"body": {"kind": ["order"], "total": [{"numeric": [">", 10]}]}})
    functions.create_event_source_mapping(
        EventSourceArn=arn, FunctionName="f", FilterCriteria={"Filters": [{"Pattern": pattern}]}
    )
    bodies = ['{"kind": "order", "total": 11}', '{"kind": "order", "total": 10}', "plain"]
    for body in bodies:
        aws.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    aws.idle()
    assert [item["pk"] for item in seen.scan()["Items"]] == bodies[:1]
    assert depth(aws, url) == (0, 0)


def test_a_batching_window_gathers_messages(
    aws: Any, functions: Any, create: Callable[..., Any], seen: Any, queue: tuple[str, str, str]
) -> None:
    url, arn, _ = queue
    create(RECORD, Timeout=20)
    functions.create_event_source_mapping(
        EventSourceArn=arn, FunctionName="f", BatchSize=100, MaximumBatchingWindowInSeconds=10
    )
    for n in range(3):
        aws.client("sqs").send_message(QueueUrl=url, MessageBody=f"m{n}")
        aws.idle()
    assert seen.scan()["Items"] == []
    aws.advance(11)
    assert [item["batch_size"] for item in seen.scan()["Items"]] == [3, 3, 3]


def test_disabling_a_mapping_stops_it_at_once(
    aws: Any, functions: Any, create: Callable[..., Any], seen: Any, queue: tuple[str, str, str]
) -> None:
    url, arn, _ = queue
    create(RECORD, Timeout=20)
    mapping = functions.create_event_source_mapping(EventSourceArn=arn, FunctionName="f")
    updated = functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    assert updated["State"] == "Disabling"
    aws.idle()
    aws.client("sqs").send_message(QueueUrl=url, MessageBody="m")
    aws.idle()
    assert depth(aws, url) == (1, 0)
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    aws.idle()
    assert depth(aws, url) == (0, 0)
    functions.delete_event_source_mapping(UUID=mapping["UUID"])
    assert functions.list_event_source_mappings(FunctionName="f")["EventSourceMappings"] == []


def test_mappings_that_aws_refuses_are_refused(
    aws: Any, functions: Any, create: Callable[..., Any], queue: tuple[str, str, str]
) -> None:
    _, arn, _ = queue
    create(Timeout=60)
    request = {"EventSourceArn": arn, "FunctionName": "f"}
    with pytest.raises(ClientError, match="Queue visibility timeout: 30 seconds is less than Function timeout: 60"):
        functions.create_event_source_mapping(**request)
    functions.update_function_configuration(FunctionName="f", Timeout=3)
    with pytest.raises(ClientError, match="Maximum batch window in seconds must be greater than 0"):
        functions.create_event_source_mapping(**request, BatchSize=11)
    with pytest.raises(ClientError, match="Invalid filter pattern definition"):
        functions.create_event_source_mapping(**request, FilterCriteria={"Filters": [{"Pattern": '{"a": 1}'}]})
    functions.create_event_source_mapping(**request)
    with pytest.raises(functions.exceptions.ResourceConflictException, match="already exists"):
        functions.create_event_source_mapping(**request)


CHANGES = """
import boto3
from boto3.dynamodb.types import TypeDeserializer
table = boto3.resource('dynamodb').Table('seen')
def handler(event, context):
    for record in event['Records']:
        image = record['dynamodb'].get('NewImage', {})
        if image.get('poison', {}).get('BOOL'):
            raise ValueError('poison')
        key = record['dynamodb']['Keys']['id']['S']
        table.update_item(Key={'pk': key}, UpdateExpression='ADD times :one SET last_event = :e, last_value = :v',
            ExpressionAttributeValues={':one': 1, ':e': record['eventName'], ':v': image.get('v', {}).get('N', '')})
"""


@pytest.fixture
def source(aws: Any) -> Any:
    table = aws.resource("dynamodb").create_table(
        TableName="source",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    table.wait_until_exists()
    return table


def test_changes_of_a_table_reach_the_function_in_order(
    aws: Any, functions: Any, create: Callable[..., Any], seen: Any, source: Any
) -> None:
    create(CHANGES, Timeout=20)
    source.put_item(Item={"id": "before"})
    functions.create_event_source_mapping(
        EventSourceArn=source.latest_stream_arn, FunctionName="f", StartingPosition="LATEST", ParallelizationFactor=3
    )
    for n in range(5):
        source.put_item(Item={"id": "a", "v": n})
        source.put_item(Item={"id": "b", "v": n * 2})
    source.delete_item(Key={"id": "b"})
    aws.idle()
    items = {item["pk"]: item for item in seen.scan()["Items"]}
    assert set(items) == {"a", "b"}
    assert (items["a"]["times"], items["a"]["last_event"], items["a"]["last_value"]) == (5, "MODIFY", "4")
    assert (items["b"]["times"], items["b"]["last_event"]) == (6, "REMOVE")


def test_trim_horizon_starts_with_what_is_there(
    aws: Any, functions: Any, create: Callable[..., Any], seen: Any, source: Any
) -> None:
    create(CHANGES, Timeout=20)
    source.put_item(Item={"id": "before"})
    functions.create_event_source_mapping(
        EventSourceArn=source.latest_stream_arn, FunctionName="f", StartingPosition="TRIM_HORIZON"
    )
    aws.idle()
    assert [item["pk"] for item in seen.scan()["Items"]] == ["before"]


def test_a_poisoned_record_is_isolated_and_sent_to_the_destination(
    aws: Any, functions: Any, create: Callable[..., Any], seen: Any, source: Any
) -> None:
    failed = aws.client("sqs").create_queue(QueueName="failed")["QueueUrl"]
    create(CHANGES, Timeout=20)
    for id in ("a", "b", "c", "d"):
        source.put_item(Item={"id": id, "poison": id == "c"})
    functions.create_event_source_mapping(
        EventSourceArn=source.latest_stream_arn,
        FunctionName="f",
        StartingPosition="TRIM_HORIZON",
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:sqs:us-east-1:{aws.account}:failed"}},
    )
    aws.idle()
    aws.advance(60)
    assert {item["pk"] for item in seen.scan()["Items"]} == {"a", "b", "d"}
    (message,) = aws.client("sqs").receive_message(QueueUrl=failed)["Messages"]
    document = json.loads(message["Body"])
    assert document["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert document["DDBStreamBatchInfo"]["batchSize"] == 1


def test_a_stream_filter_selects_records(
    aws: Any, functions: Any, create: Callable[..., Any], seen: Any, source: Any
) -> None:
    create(CHANGES, Timeout=20)
    pattern = json.dumps({"eventName": ["INSERT"], "dynamodb": {"Keys": {"id": {"S": [{"prefix": "x"}]}}}})
    functions.create_event_source_mapping(
        EventSourceArn=source.latest_stream_arn,
        FunctionName="f",
        StartingPosition="LATEST",
        FilterCriteria={"Filters": [{"Pattern": pattern}]},
    )
    for id in ("x1", "y1", "x2"):
        source.put_item(Item={"id": id})
    aws.idle()
    assert sorted(item["pk"] for item in seen.scan()["Items"]) == ["x1", "x2"]


def test_records_wait_while_the_function_is_throttled(
    aws: Any, functions: Any, create: Callable[..., Any], seen: Any, source: Any
) -> None:
    create(CHANGES, Timeout=20)
    functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    functions.create_event_source_mapping(
        EventSourceArn=source.latest_stream_arn, FunctionName="f", StartingPosition="LATEST"
    )
    source.put_item(Item={"id": "a"})
    aws.idle()
    aws.advance(10)
    assert seen.scan()["Items"] == []
    functions.delete_function_concurrency(FunctionName="f")
    aws.advance(60)
    assert [item["pk"] for item in seen.scan()["Items"]] == ["a"]
