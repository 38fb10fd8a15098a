"""Event source mappings of Kinesis data streams."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from event_sources import Told

HOUR = 3600
FAIL_ON_POISON = """
def handler(event, context):
    tell([data_of(record) for record in event['Records']])
    if any(data_of(record) == 'poison' for record in event['Records']):
        raise ValueError('poison')
"""
REPORT_POISON = """
def handler(event, context):
    tell([data_of(record) for record in event['Records']])
    failed = [r['kinesis']['sequenceNumber'] for r in event['Records'] if data_of(r) == 'poison']
    return {'batchItemFailures': [{'itemIdentifier': number} for number in failed]}
"""


class Stream:
    """A stream of one or more shards."""

    def __init__(self, aws: Any) -> None:
        self._kinesis = aws.client("kinesis")
        self._functions = aws.client("lambda")
        self.arn = f"arn:aws:kinesis:us-east-1:{aws.account}:stream/s"

    def create(self, shards: int = 1) -> "Stream":
        self._kinesis.create_stream(StreamName="s", ShardCount=shards)
        return self

    def put(self, *texts: str, key: str = "k") -> list[str]:
        """Put records; their sequence numbers."""
        entries = [{"Data": text.encode(), "PartitionKey": key} for text in texts]
        reply = self._kinesis.put_records(StreamName="s", Records=entries)
        return [record["SequenceNumber"] for record in reply["Records"]]

    def follow(self, start: str = "TRIM_HORIZON", **settings: Any) -> Any:
        return self._functions.create_event_source_mapping(
            **{"EventSourceArn": self.arn, "FunctionName": "f", "StartingPosition": start, **settings}
        )


@pytest.fixture
def stream(aws: Any) -> Stream:
    return Stream(aws)


@pytest.fixture
def told(aws: Any, create: Callable[..., Any]) -> Told:
    return Told(aws, create)


def data_of(event: Any) -> list[str]:
    return [base64.b64decode(record["kinesis"]["data"]).decode() for record in event["Records"]]


def letters(aws: Any, url: str) -> list[Any]:
    messages = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]


def test_records_reach_the_function_as_on_aws(aws: Any, told: Told, stream: Stream) -> None:
    told.function()
    stream.create()
    mapping = stream.follow()
    assert (mapping["BatchSize"], mapping["State"], mapping["StateTransitionReason"]) == (
        100,
        "Creating",
        "User action",
    )
    (sequence,) = stream.put("hello")
    (event,) = told.events()
    (record,) = event["Records"]
    kinesis = record.pop("kinesis")
    assert kinesis.pop("approximateArrivalTimestamp") == pytest.approx(aws.clock.now(), abs=60)
    assert kinesis == {
        "kinesisSchemaVersion": "1.0",
        "partitionKey": "k",
        "sequenceNumber": sequence,
        "data": base64.b64encode(b"hello").decode(),
    }
    assert record == {
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"shardId-000000000000:{sequence}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": f"arn:aws:iam::{aws.account}:role/r",
        "awsRegion": "us-east-1",
        "eventSourceARN": stream.arn,
    }
    shown = aws.client("lambda").get_event_source_mapping(UUID=mapping["UUID"])
    assert (shown["State"], shown["LastProcessingResult"]) == ("Enabled", "OK")


def test_reading_starts_where_the_mapping_says(aws: Any, told: Told, stream: Stream) -> None:
    for name in ("trim", "latest", "timed"):
        told.function(name=name)
    stream.create(shards=2)
    stream.put("old")
    aws.advance(100)
    moment = aws.clock.now()
    stream.put("timed")
    aws.advance(100)
    stream.follow("LATEST", FunctionName="latest")
    stream.put("new")
    assert [data_of(event) for event in told.events()] == [["new"]]
    stream.follow("AT_TIMESTAMP", FunctionName="timed", StartingPositionTimestamp=moment)
    assert [data_of(event) for event in told.events()] == [["timed", "new"]]
    stream.follow(FunctionName="trim")
    assert [data_of(event) for event in told.events()] == [["old", "timed", "new"]]


def test_starts_that_make_no_sense_are_refused(aws: Any, told: Told, stream: Stream) -> None:
    told.function()
    stream.create()
    with pytest.raises(ClientError, match="Need to specify a timestamp"):
        stream.follow("AT_TIMESTAMP")
    with pytest.raises(ClientError, match="cannot be in the future"):
        stream.follow("AT_TIMESTAMP", StartingPositionTimestamp=aws.clock.now() + HOUR)
    with pytest.raises(ClientError, match="StartingPositionTimestamp is only valid when"):
        stream.follow("LATEST", StartingPositionTimestamp=aws.clock.now())
    with pytest.raises(ClientError, match="Value null at 'startingPosition' failed to satisfy constraint"):
        aws.client("lambda").create_event_source_mapping(EventSourceArn=stream.arn, FunctionName="f")


def test_a_stream_that_is_missing_is_refused(told: Told, stream: Stream) -> None:
    told.function()
    with pytest.raises(ClientError, match=f"Stream not found: {stream.arn}"):
        stream.follow()


def test_shards_that_follow_one_another_are_read_in_order(aws: Any, told: Told, stream: Stream) -> None:
    told.function("def handler(event, context):\n    tell([data_of(record) for record in event['Records']])\n")
    stream.create()
    stream.put("a1", key="a")
    stream.put("b1", key="b")
    kinesis = aws.client("kinesis")
    kinesis.split_shard(StreamName="s", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(1 << 127))
    stream.put("a2", key="a")
    stream.put("b2", key="b")
    kinesis.merge_shards(
        StreamName="s", ShardToMerge="shardId-000000000001", AdjacentShardToMerge="shardId-000000000002"
    )
    stream.put("a3", key="a")
    stream.put("b3", key="b")
    stream.follow(BatchSize=1)
    seen = [text for event in told.events() for text in event]
    assert sorted(seen) == ["a1", "a2", "a3", "b1", "b2", "b3"]
    assert [text for text in seen if text[0] == "a"] == ["a1", "a2", "a3"]
    assert [text for text in seen if text[0] == "b"] == ["b1", "b2", "b3"]
    kinesis.update_shard_count(StreamName="s", TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    stream.put("a4", key="a")
    assert told.events() == [["a4"]]


def test_a_consumer_of_enhanced_fan_out_is_a_source(aws: Any, told: Told, stream: Stream) -> None:
    told.function()
    stream.create()
    consumer = aws.client("kinesis").register_stream_consumer(StreamARN=stream.arn, ConsumerName="c")["Consumer"]
    stream.follow(EventSourceArn=consumer["ConsumerARN"])
    stream.put("x")
    (event,) = told.events()
    assert data_of(event) == ["x"]
    assert event["Records"][0]["eventSourceARN"] == consumer["ConsumerARN"]
    with pytest.raises(ClientError, match="Stream not found"):
        stream.follow(EventSourceArn=f"{stream.arn}/consumer/missing:1", FunctionName="f")


def test_a_poisoned_record_is_isolated_and_its_document_sent(aws: Any, told: Told, stream: Stream) -> None:
    failed = aws.client("sqs").create_queue(QueueName="failed")["QueueUrl"]
    told.function(FAIL_ON_POISON)
    stream.create()
    numbers = stream.put("a", "b", "poison", "c")
    stream.follow(
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:sqs:us-east-1:{aws.account}:failed"}},
    )
    aws.idle()
    aws.advance(60)
    events = told.events()
    assert events[0] == ["a", "b", "poison", "c"]
    assert ["a", "b"] in events
    assert ["c"] in events
    assert events.count(["poison"]) == 2
    (letter,) = letters(aws, failed)
    assert letter["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert letter["requestContext"]["approximateInvokeCount"] == 2
    assert letter["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
    assert letter["version"] == "1.0"
    info = letter["KinesisBatchInfo"]
    assert (info["shardId"], info["batchSize"], info["streamArn"]) == ("shardId-000000000000", 1, stream.arn)
    assert info["startSequenceNumber"] == info["endSequenceNumber"] == numbers[2]
    assert info["approximateArrivalOfFirstRecord"].endswith("Z")
    assert "payload" not in letter


def test_a_topic_and_a_bucket_are_destinations(aws: Any, told: Told, stream: Stream) -> None:
    s3, sns, sqs, bucket = aws.client("s3"), aws.client("sns"), aws.client("sqs"), aws.unique("bucket")
    s3.create_bucket(Bucket=bucket)
    url = sqs.create_queue(QueueName="subscribed")["QueueUrl"]
    topic = sns.create_topic(Name="failed")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{aws.account}:subscribed")
    stream.create()
    for name, destination in (("a", topic), ("b", f"arn:aws:s3:::{bucket}")):
        told.function(FAIL_ON_POISON, name=name)
        stream.follow(
            FunctionName=name,
            MaximumRetryAttempts=0,
            DestinationConfig={"OnFailure": {"Destination": destination}},
        )
    stream.put("poison")
    aws.idle()
    (notice,) = letters(aws, url)
    assert json.loads(notice["Message"])["KinesisBatchInfo"]["batchSize"] == 1
    (found,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert found["Key"].startswith("aws/lambda/")
    assert "/shardId-000000000000/" in found["Key"]
    letter = json.loads(s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read())
    assert data_of(json.loads(letter["payload"])) == ["poison"]


def test_destinations_that_streams_cannot_have_are_refused(told: Told, stream: Stream, aws: Any) -> None:
    told.function()
    stream.create()
    function = f"arn:aws:lambda:us-east-1:{aws.account}:function:f"
    with pytest.raises(ClientError, match="DestinationConfig is invalid"):
        stream.follow(DestinationConfig={"OnFailure": {"Destination": function}})
    with pytest.raises(ClientError, match="Unsupported DestinationConfig parameter"):
        stream.follow(DestinationConfig={"OnSuccess": {"Destination": f"arn:aws:sqs:us-east-1:{aws.account}:q"}})
    with pytest.raises(ClientError, match="Kafka") as refusal:
        stream.follow(DestinationConfig={"OnFailure": {"Destination": "kafka://topic"}})
    assert refusal.value.response["Error"]["Code"] == "NotImplemented"


def test_reported_failures_are_tried_again_from_the_first_on(aws: Any, told: Told, stream: Stream) -> None:
    told.function(REPORT_POISON)
    stream.create()
    stream.put("a", "poison", "b")
    stream.follow(FunctionResponseTypes=["ReportBatchItemFailures"], MaximumRetryAttempts=1)
    aws.idle()
    aws.advance(60)
    assert told.events() == [["a", "poison", "b"], ["poison", "b"]]
    stream.put("c")
    assert told.events() == [["c"]]


def test_records_past_their_maximum_age_are_given_up(aws: Any, told: Told, stream: Stream) -> None:
    failed = aws.client("sqs").create_queue(QueueName="failed")["QueueUrl"]
    told.function(FAIL_ON_POISON)
    stream.create()
    stream.put("poison")
    mapping = stream.follow(
        MaximumRecordAgeInSeconds=60,
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:sqs:us-east-1:{aws.account}:failed"}},
    )
    aws.idle()
    shown = aws.client("lambda").get_event_source_mapping(UUID=mapping["UUID"])
    assert shown["LastProcessingResult"] == "PROBLEM: Function call failed"
    aws.advance(200)
    stream.put("fine")
    assert told.events()[-1] == ["fine"]
    (letter,) = letters(aws, failed)
    assert letter["requestContext"]["condition"] == "RecordAgeExceeded"
    with pytest.raises(ClientError, match="MaximumRecordAgeInSeconds must be -1 or at least 60"):
        aws.client("lambda").update_event_source_mapping(UUID=mapping["UUID"], MaximumRecordAgeInSeconds=59)


def test_a_poisoned_record_holds_up_its_shard_alone(aws: Any, told: Told, stream: Stream) -> None:
    told.function(FAIL_ON_POISON)
    stream.create(shards=2)
    (poisoned, _), fine = stream.put("poison", "after", key="a"), "b"
    assert poisoned
    shards = {key: put_shard(aws, key) for key in ("a", fine, "c", "d", "e", "f")}
    other = next(key for key, shard in shards.items() if shard != shards["a"])
    stream.follow(BatchSize=1)
    stream.put("x", key=other)
    events = told.events()
    assert ["x"] in events
    assert ["after"] not in events


def put_shard(aws: Any, key: str) -> str:
    reply: str = aws.client("kinesis").put_record(StreamName="s", Data=b"where", PartitionKey=key)["ShardId"]
    return reply


def test_filters_see_the_data_and_the_key_of_records(aws: Any, told: Told, stream: Stream) -> None:
    told.function()
    stream.create()
    pattern = json.dumps({"partitionKey": ["k"], "data": {"kind": ["order"], "total": [{"numeric": [">", 10]}]}})
    stream.follow(FilterCriteria={"Filters": [{"Pattern": pattern}, {"Pattern": '{"data": [{"prefix": "plain"}]}'}]})
    chosen = ['{"kind": "order", "total": 11}', "plain text"]
    stream.put('{"kind": "order", "total": 10}', chosen[0], chosen[1], "other", '"plain"')
    stream.put(chosen[0], key="elsewhere")
    aws.client("kinesis").put_record(StreamName="s", Data=b"\xff\xfe", PartitionKey="k")
    assert [text for event in told.events() for text in data_of(event)] == chosen


def test_parallel_batches_keep_each_key_in_order(aws: Any, told: Told, stream: Stream) -> None:
    told.function("def handler(event, context):\n    tell([data_of(record) for record in event['Records']])\n")
    stream.create()
    stream.follow("LATEST", ParallelizationFactor=10, BatchSize=2)
    for turn in range(5):
        for key in "abcdef":
            stream.put(f"{key}{turn}", key=key)
    seen = [text for event in told.events() for text in event]
    assert len(seen) == 30
    for key in "abcdef":
        assert [text for text in seen if text[0] == key] == [f"{key}{turn}" for turn in range(5)]


def test_a_batching_window_gathers_records(aws: Any, told: Told, stream: Stream) -> None:
    told.function()
    stream.create()
    stream.follow("LATEST", MaximumBatchingWindowInSeconds=10, BatchSize=5)
    stream.put("a")
    assert told.events() == []
    stream.put("b")
    aws.advance(11)
    assert [data_of(event) for event in told.events()] == [["a", "b"]]
    stream.put(*"cdefg")
    assert [data_of(event) for event in told.events()] == [["c", "d", "e", "f", "g"]]


def test_batches_are_no_larger_than_an_event_may_be(aws: Any, told: Told, stream: Stream) -> None:
    told.function(
        "def handler(event, context):\n    tell([len(record['kinesis']['data']) for record in event['Records']])\n"
    )
    stream.create()
    for _ in range(6):
        stream.put("x" * 1_000_000)
    stream.follow(BatchSize=100)
    events = told.events()
    assert sum(len(event) for event in events) == 6
    assert all(sum(event) < 6_291_456 for event in events)
    assert max(len(event) for event in events) >= 3


def test_a_stream_that_is_deleted_is_told_of(aws: Any, told: Told, stream: Stream) -> None:
    told.function()
    stream.create()
    mapping = stream.follow()
    aws.idle()
    aws.client("kinesis").delete_stream(StreamName="s")
    aws.idle()
    aws.advance(3700)
    shown = aws.client("lambda").get_event_source_mapping(UUID=mapping["UUID"])
    assert shown["State"] == "Enabled"
    assert shown["LastProcessingResult"].startswith(f"PROBLEM: Cannot access stream {stream.arn}.")
