"""Tumbling windows: functions get back what they made of the records before, until a window's time is over."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from event_sources import Told

SUM = """
def handler(event, context):
    told = {name: event[name] for name in event if name != 'Records'}
    tell({**told, 'data': [data_of(record) for record in event['Records']]})
    if event['isFinalInvokeForWindow']:
        return None
    state = event['state']
    for record in event['Records']:
        text = data_of(record)
        if text == 'raise':
            raise ValueError(text)
        if text == 'forget':
            return {'batchItemFailures': []}
        state['sum'] = state.get('sum', 0) + int(text)
    return {'state': state}
"""
LARGE = """
def handler(event, context):
    tell([event['isFinalInvokeForWindow'], event['isWindowTerminatedEarly'], len(event['state'].get('text', ''))])
    return {'state': {'text': event['state'].get('text', '') + 'x' * 600_000}}
"""
CHANGES = """
def handler(event, context):
    count = event['state'].get('count', 0) + len(event['Records'])
    tell([event['eventSourceARN'], event['isFinalInvokeForWindow'], count])
    return {'state': {'count': count}}
"""


@pytest.fixture
def told(aws: Any, create: Callable[..., Any]) -> Told:
    return Told(aws, create)


@pytest.fixture
def follow(aws: Any) -> Callable[..., Any]:
    """Create a stream and have `f` follow it in windows of one minute, the first of which begins now."""
    aws.advance(60 - aws.clock.now() % 60)
    aws.client("kinesis").create_stream(StreamName="s", ShardCount=1)

    def create_mapping(**settings: Any) -> Any:
        return aws.client("lambda").create_event_source_mapping(
            **{
                "EventSourceArn": f"arn:aws:kinesis:us-east-1:{aws.account}:stream/s",
                "FunctionName": "f",
                "StartingPosition": "TRIM_HORIZON",
                "TumblingWindowInSeconds": 60,
                **settings,
            }
        )

    return create_mapping


def put(aws: Any, *texts: str) -> None:
    for text in texts:
        aws.client("kinesis").put_record(StreamName="s", Data=text.encode(), PartitionKey="k")


def brief(events: list[Any]) -> list[tuple[Any, ...]]:
    return [(event["data"], event["state"], event["isFinalInvokeForWindow"]) for event in events]


def test_a_window_keeps_its_state_until_its_time_is_over(aws: Any, told: Told, follow: Callable[..., Any]) -> None:
    told.function(SUM)
    assert follow()["TumblingWindowInSeconds"] == 60
    start = aws.clock.now()
    put(aws, "1", "2")
    aws.idle()
    aws.advance(20)
    put(aws, "4")
    first, *others = told.events()
    assert first["window"]["start"] < first["window"]["end"]
    assert first["window"]["start"].endswith(":00Z")
    assert (first["shardId"], first["isWindowTerminatedEarly"]) == ("shardId-000000000000", False)
    assert first["eventSourceARN"].endswith(":stream/s")
    assert first["state"] == {}
    assert others[-1]["state"] == {"sum": 3}
    aws.advance(start + 60 - aws.clock.now() + 1)
    assert brief(told.events()) == [([], {"sum": 7}, True)]
    put(aws, "8")
    assert brief(told.events()) == [(["8"], {}, False)]
    aws.advance(120)
    assert brief(told.events()) == [([], {"sum": 8}, True)]


def test_records_of_several_windows_are_kept_apart(aws: Any, told: Told, follow: Callable[..., Any]) -> None:
    told.function(SUM)
    put(aws, "1", "2")
    aws.advance(60)
    put(aws, "4")
    aws.advance(60)
    put(aws, "8")
    follow()
    assert brief(told.events()) == [
        (["1", "2"], {}, False),
        ([], {"sum": 3}, True),
        (["4"], {}, False),
        ([], {"sum": 4}, True),
        (["8"], {}, False),
    ]


def test_a_reply_without_a_state_is_a_failure(aws: Any, told: Told, follow: Callable[..., Any]) -> None:
    told.function(SUM)
    follow(MaximumRetryAttempts=1, BatchSize=1)
    put(aws, "1", "forget", "raise", "2")
    aws.idle()
    aws.advance(10)
    aws.advance(60)
    assert brief(told.events()) == [
        (["1"], {}, False),
        (["forget"], {"sum": 1}, False),
        (["forget"], {"sum": 1}, False),
        (["raise"], {"sum": 1}, False),
        (["raise"], {"sum": 1}, False),
        (["2"], {"sum": 1}, False),
        ([], {"sum": 3}, True),
    ]


def test_a_state_that_is_too_large_ends_its_window_early(aws: Any, told: Told, follow: Callable[..., Any]) -> None:
    told.function(LARGE)
    follow(BatchSize=1)
    put(aws, "1", "2", "3")
    assert told.events() == [
        [False, False, 0],
        [False, False, 600_000],
        [True, True, 1_200_000],
        [False, False, 0],
    ]
    aws.advance(120)
    assert told.events() == [[True, False, 600_000]]


def test_a_shard_that_ends_ends_its_window(aws: Any, told: Told, follow: Callable[..., Any]) -> None:
    told.function(SUM)
    follow()
    put(aws, "1")
    aws.idle()
    aws.client("kinesis").split_shard(
        StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(1 << 127)
    )
    put(aws, "2")
    assert brief(told.events()) == [(["1"], {}, False), ([], {"sum": 1}, True), (["2"], {}, False)]


def test_windows_outlive_a_change_of_the_mapping(aws: Any, told: Told, follow: Callable[..., Any]) -> None:
    told.function(SUM)
    mapping = follow()
    put(aws, "1")
    aws.idle()
    aws.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], BatchSize=7)
    put(aws, "2")
    assert brief(told.events())[-1] == (["2"], {"sum": 1}, False)


def test_streams_of_tables_have_windows_too(aws: Any, told: Told) -> None:
    told.function(CHANGES)
    table = aws.resource("dynamodb").create_table(
        TableName="source",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    arn = table.latest_stream_arn
    aws.client("lambda").create_event_source_mapping(
        EventSourceArn=arn, FunctionName="f", StartingPosition="LATEST", TumblingWindowInSeconds=30
    )
    aws.advance(30 - aws.clock.now() % 30)
    table.put_item(Item={"id": "a"})
    aws.idle()
    table.put_item(Item={"id": "b"})
    aws.idle()
    aws.advance(31)
    assert told.events() == [[arn, False, 1], [arn, False, 2], [arn, True, 2]]


def test_windows_are_for_streams(aws: Any, told: Told) -> None:
    told.function()
    aws.client("sqs").create_queue(QueueName="q")
    with pytest.raises(ClientError, match="Unsupported TumblingWindowInSeconds parameter for given event source"):
        aws.client("lambda").create_event_source_mapping(
            EventSourceArn=f"arn:aws:sqs:us-east-1:{aws.account}:q", FunctionName="f", TumblingWindowInSeconds=60
        )
    assert json.dumps(told.events()) == "[]"
