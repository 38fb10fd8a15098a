"""Enhanced fan-out: consumers, and their subscriptions to shards."""

import threading

import pytest
from botocore.exceptions import ClientError, EventStreamError

from aws.kinesis.conftest import HALF, make_stream, put, refusal, shard_name, summary_of


def register(kinesis, arn, name="c", **options):
    return kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=name, **options)["Consumer"]


def subscribe(kinesis, consumer, number=0, **position):
    return kinesis.subscribe_to_shard(
        ConsumerARN=consumer["ConsumerARN"],
        ShardId=shard_name(number),
        StartingPosition=position or {"Type": "TRIM_HORIZON"},
    )["EventStream"]


def events_of(stream):
    return (event["SubscribeToShardEvent"] for event in stream)


def test_a_consumer_is_registered_described_listed_and_deregistered(aws, kinesis):
    arn = make_stream(kinesis)
    made = register(kinesis, arn, "c", Tags={"a": "b"})
    assert made["ConsumerName"] == "c"
    assert made["ConsumerStatus"] == "CREATING"
    created = int(made["ConsumerCreationTimestamp"].timestamp())
    assert made["ConsumerARN"] == f"{arn}/consumer/c:{created}"
    described = kinesis.describe_stream_consumer(ConsumerARN=made["ConsumerARN"])["ConsumerDescription"]
    assert (described["ConsumerStatus"], described["StreamARN"]) == ("ACTIVE", arn)
    by_name = kinesis.describe_stream_consumer(StreamARN=arn, ConsumerName="c")["ConsumerDescription"]
    assert by_name == described
    (listed,) = kinesis.list_stream_consumers(StreamARN=arn)["Consumers"]
    assert listed["ConsumerARN"] == made["ConsumerARN"]
    assert summary_of(kinesis)["ConsumerCount"] == 1
    tags = kinesis.list_tags_for_resource(ResourceARN=made["ConsumerARN"])["Tags"]
    assert tags == [{"Key": "a", "Value": "b"}]
    kinesis.deregister_stream_consumer(StreamARN=arn, ConsumerName="c")
    assert kinesis.list_stream_consumers(StreamARN=arn)["Consumers"] == []


def test_consumers_that_make_no_sense_are_refused(aws, kinesis):
    arn = make_stream(kinesis)
    made = register(kinesis, arn)
    assert refusal(kinesis.register_stream_consumer, StreamARN=arn, ConsumerName="c") == (
        "ResourceInUseException",
        f"Consumer c under stream s already exists for account {aws.account}.",
    )
    assert refusal(kinesis.describe_stream_consumer, StreamARN=arn, ConsumerName="x") == (
        "ResourceNotFoundException",
        f"Consumer x under stream s under account {aws.account} not found.",
    )
    gone = f"{arn}/consumer/c:5"
    assert refusal(kinesis.deregister_stream_consumer, ConsumerARN=gone) == (
        "ResourceNotFoundException",
        f"Consumer c with creation timestamp 5 under stream s under account {aws.account} not found.",
    )
    assert refusal(kinesis.describe_stream_consumer)[0] == "InvalidArgumentException"
    assert refusal(kinesis.describe_stream_consumer, ConsumerName="c")[0] == "InvalidArgumentException"
    both = {"ConsumerARN": made["ConsumerARN"], "ConsumerName": "other"}
    assert refusal(kinesis.deregister_stream_consumer, **both)[0] == "InvalidArgumentException"
    missing = arn.replace("/s", "/none")
    expected = ("ResourceNotFoundException", f"Stream none under account {aws.account} not found.")
    assert refusal(kinesis.register_stream_consumer, StreamARN=missing, ConsumerName="c") == expected
    assert refusal(kinesis.list_stream_consumers, StreamARN=missing) == expected
    assert refusal(kinesis.register_stream_consumer, StreamARN=arn, ConsumerName="a b")[0] == "ValidationException"
    assert refusal(kinesis.register_stream_consumer, StreamARN="x", ConsumerName="a")[0] == "ValidationException"


def test_consumers_are_listed_in_pages_and_are_twenty_at_most(aws, kinesis):
    arn = make_stream(kinesis)
    names = [f"c{number:02}" for number in range(20)]
    for name in reversed(names):
        register(kinesis, arn, name)
    assert refusal(kinesis.register_stream_consumer, StreamARN=arn, ConsumerName="x")[0] == "LimitExceededException"
    page = kinesis.list_stream_consumers(StreamARN=arn, MaxResults=15)
    assert [consumer["ConsumerName"] for consumer in page["Consumers"]] == names[:15]
    rest = kinesis.list_stream_consumers(StreamARN=arn, NextToken=page["NextToken"])
    assert [consumer["ConsumerName"] for consumer in rest["Consumers"]] == names[15:]
    assert "NextToken" not in rest
    assert refusal(kinesis.list_stream_consumers, StreamARN=arn, NextToken="x")[0] == "InvalidArgumentException"
    created = summary_of(kinesis)["StreamCreationTimestamp"]
    assert len(kinesis.list_stream_consumers(StreamARN=arn, StreamCreationTimestamp=created)["Consumers"]) == 20
    wrong = {"StreamARN": arn, "StreamCreationTimestamp": 5}
    assert refusal(kinesis.list_stream_consumers, **wrong)[0] == "ResourceNotFoundException"
    aws.advance(301)
    late = {"StreamARN": arn, "NextToken": page["NextToken"]}
    assert refusal(kinesis.list_stream_consumers, **late)[0] == "ExpiredNextTokenException"


def test_a_subscription_sends_what_is_there_and_what_comes(aws, kinesis):
    arn = make_stream(kinesis)
    consumer = register(kinesis, arn)
    first = put(kinesis, b"1")
    stream = subscribe(kinesis, consumer)
    events = events_of(stream)
    event = next(events)
    assert [record["Data"] for record in event["Records"]] == [b"1"]
    assert event["Records"][0]["SequenceNumber"] == first == event["ContinuationSequenceNumber"]
    assert event["MillisBehindLatest"] == 0
    second = put(kinesis, b"2")
    event = next(events)
    while not event["Records"]:
        event = next(events)
    assert [record["SequenceNumber"] for record in event["Records"]] == [second]
    stream.close()
    aws.advance(5)
    stream = subscribe(kinesis, consumer, Type="AFTER_SEQUENCE_NUMBER", SequenceNumber=first)
    assert [record["Data"] for record in next(events_of(stream))["Records"]] == [b"2"]
    stream.close()


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        ({"Type": "LATEST"}, []),
        ({"Type": "AT_TIMESTAMP", "Timestamp": 5.0}, [b"1"]),
        ({"Type": "TRIM_HORIZON"}, [b"1"]),
    ],
)
def test_a_subscription_starts_at_any_position(kinesis, position, expected):
    arn = make_stream(kinesis)
    put(kinesis, b"1")
    stream = subscribe(kinesis, register(kinesis, arn), **position)
    event = next(events_of(stream))
    assert [record["Data"] for record in event["Records"]] == expected
    assert len(event["ContinuationSequenceNumber"]) == 56
    stream.close()


def test_a_subscription_ends_with_its_shard(kinesis):
    arn = make_stream(kinesis)
    put(kinesis, b"1")
    kinesis.split_shard(StreamName="s", ShardToSplit="0", NewStartingHashKey=str(HALF))
    (event,) = list(events_of(subscribe(kinesis, register(kinesis, arn))))
    assert [record["Data"] for record in event["Records"]] == [b"1"]
    assert [child["ShardId"] for child in event["ChildShards"]] == [shard_name(1), shard_name(2)]
    assert "ContinuationSequenceNumber" not in event


def test_a_subscription_lasts_five_minutes(aws, kinesis):
    arn = make_stream(kinesis)
    stream = subscribe(kinesis, register(kinesis, arn))
    received = []
    reader = threading.Thread(target=lambda: received.extend(events_of(stream)))
    reader.start()
    aws.advance(301)
    reader.join(30)
    assert not reader.is_alive()
    assert all(event["Records"] == [] for event in received)


def test_another_subscription_takes_over_after_five_seconds(aws, kinesis):
    arn = make_stream(kinesis)
    consumer = register(kinesis, arn)
    stream = subscribe(kinesis, consumer)
    events = events_of(stream)
    next(events)
    with pytest.raises(ClientError) as refused:
        subscribe(kinesis, consumer)
    error = refused.value.response["Error"]
    assert (error["Code"], error["Message"]) == (
        "ResourceInUseException",
        f"Another active subscription exists for this consumer: {aws.account}:s:{shard_name(0)}:c",
    )
    aws.advance(5)
    taker = subscribe(kinesis, consumer)
    with pytest.raises(EventStreamError, match="Another active subscription exists"):
        list(events)
    assert next(events_of(taker))["Records"] == []
    taker.close()


def test_subscriptions_that_make_no_sense_are_refused(aws, kinesis):
    arn = make_stream(kinesis)
    consumer = register(kinesis, arn)["ConsumerARN"]
    start = {"Type": "LATEST"}
    asked = {"ConsumerARN": consumer, "ShardId": shard_name(0)}
    assert refusal(kinesis.subscribe_to_shard, ConsumerARN=consumer, ShardId="7", StartingPosition=start) == (
        "ResourceNotFoundException",
        f"Shard {shard_name(7)} in stream s under account {aws.account} does not exist",
    )
    gone = {"ConsumerARN": f"{arn}/consumer/c:5", "ShardId": "0", "StartingPosition": start}
    assert refusal(kinesis.subscribe_to_shard, **gone)[0] == "ResourceNotFoundException"
    for wrong in (
        {"Type": "AT_SEQUENCE_NUMBER"},
        {"Type": "AT_TIMESTAMP"},
        {"Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": "5"},
    ):
        assert refusal(kinesis.subscribe_to_shard, **asked, StartingPosition=wrong)[0] == "InvalidArgumentException"
    dry = refusal(kinesis.subscribe_to_shard, **asked, StartingPosition=start, DryRun=True)
    assert dry[0] == "DryRunOperationException"
    kinesis.deregister_stream_consumer(ConsumerARN=consumer)
    assert refusal(kinesis.subscribe_to_shard, **asked, StartingPosition=start)[0] == "ResourceNotFoundException"


def test_a_subscription_ends_when_its_consumer_is_deregistered(kinesis):
    arn = make_stream(kinesis)
    consumer = register(kinesis, arn)
    events = events_of(subscribe(kinesis, consumer))
    next(events)
    kinesis.deregister_stream_consumer(ConsumerARN=consumer["ConsumerARN"])
    with pytest.raises(EventStreamError, match="was deregistered"):
        list(events)
