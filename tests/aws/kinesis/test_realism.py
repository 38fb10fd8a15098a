"""Life cycles that take their time, and throughput that is a limit: on servers with these settings."""

import pytest
from botocore.config import Config

from aws.kinesis.conftest import HALF, iterator, make_stream, put, read, refusal, shards_of, summary_of
from serein.testing import ServerProcess
from tests.conftest import Aws


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory):
    settings = {"clock": "virtual", "lifecycle": "realistic", "throttling": "on"}
    server = ServerProcess(tmp_path_factory.mktemp("data"), settings)
    yield server.endpoint
    server.stop()


@pytest.fixture
def real(endpoint):
    return Aws(endpoint)


@pytest.fixture
def kinesis(real):
    return real.client("kinesis", config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))


@pytest.fixture
def stream(real, kinesis):
    """A stream of one shard that is ACTIVE; its ARN."""
    arn = make_stream(kinesis)
    real.advance(15)
    return arn


def status(kinesis):
    return summary_of(kinesis)["StreamStatus"]


def test_a_stream_comes_and_goes(real, kinesis):
    make_stream(kinesis, "s", 2)
    assert (status(kinesis), summary_of(kinesis)["OpenShardCount"]) == ("CREATING", 0)
    assert kinesis.describe_stream(StreamName="s")["StreamDescription"]["Shards"] == []
    record = {"StreamName": "s", "PartitionKey": "a", "Data": b""}
    missing = ("ResourceNotFoundException", f"Stream s under account {real.account} not found.")
    assert refusal(kinesis.put_record, **record) == missing
    assert refusal(kinesis.add_tags_to_stream, StreamName="s", Tags={"a": "b"})[0] == "ResourceInUseException"
    assert refusal(kinesis.increase_stream_retention_period, StreamName="s", RetentionPeriodHours=30) == (
        "ResourceInUseException",
        f"Stream s under account {real.account} not ACTIVE, instead in state CREATING",
    )
    real.advance(15)
    assert (status(kinesis), summary_of(kinesis)["OpenShardCount"]) == ("ACTIVE", 2)
    kinesis.put_record(**record)
    kinesis.delete_stream(StreamName="s")
    assert status(kinesis) == "DELETING"
    assert refusal(kinesis.put_record, **record) == missing
    kinesis.delete_stream(StreamName="s")
    real.advance(15)
    assert refusal(kinesis.describe_stream, StreamName="s") == missing


def test_shards_change_after_a_while(real, kinesis, stream):
    kinesis.split_shard(StreamName="s", ShardToSplit="0", NewStartingHashKey=str(HALF))
    assert (status(kinesis), len(shards_of(kinesis))) == ("UPDATING", 1)
    again = {"StreamName": "s", "ShardToSplit": "0", "NewStartingHashKey": "5"}
    assert refusal(kinesis.split_shard, **again) == (
        "ResourceInUseException",
        f"Stream s under account {real.account} not ACTIVE, instead in state UPDATING",
    )
    put(kinesis, b"meanwhile")
    real.advance(30)
    assert (status(kinesis), len(shards_of(kinesis))) == ("ACTIVE", 3)
    assert read(kinesis) == [b"meanwhile"]
    kinesis.merge_shards(StreamName="s", ShardToMerge="1", AdjacentShardToMerge="2")
    real.advance(30)
    assert len(shards_of(kinesis)) == 4
    kinesis.update_shard_count(StreamName="s", TargetShardCount=2, ScalingType="UNIFORM_SCALING")
    real.advance(30)
    assert summary_of(kinesis)["OpenShardCount"] == 2


def test_settings_are_updating_for_a_while(real, kinesis, stream):
    kinesis.increase_stream_retention_period(StreamName="s", RetentionPeriodHours=30)
    assert status(kinesis) == "UPDATING"
    real.advance(30)
    assert (status(kinesis), summary_of(kinesis)["RetentionPeriodHours"]) == ("ACTIVE", 30)


def test_a_consumer_comes_and_goes(real, kinesis, stream):
    made = kinesis.register_stream_consumer(StreamARN=stream, ConsumerName="c")["Consumer"]
    described = {"ConsumerARN": made["ConsumerARN"]}
    assert kinesis.describe_stream_consumer(**described)["ConsumerDescription"]["ConsumerStatus"] == "CREATING"
    start = {"ShardId": "0", "StartingPosition": {"Type": "LATEST"}}
    code, message = refusal(kinesis.subscribe_to_shard, **described, **start)
    assert code == "ResourceInUseException"
    assert message == (
        f"Consumer c with creation timestamp {int(made['ConsumerCreationTimestamp'].timestamp())} under stream: s , "
        f"account {real.account} is not in ACTIVE status."
    )
    real.advance(5)
    assert kinesis.describe_stream_consumer(**described)["ConsumerDescription"]["ConsumerStatus"] == "ACTIVE"
    kinesis.deregister_stream_consumer(**described)
    assert kinesis.describe_stream_consumer(**described)["ConsumerDescription"]["ConsumerStatus"] == "DELETING"
    real.advance(5)
    assert refusal(kinesis.describe_stream_consumer, **described)[0] == "ResourceNotFoundException"


def test_five_streams_and_consumers_are_created_at_once_at_most(real, kinesis, stream):
    for number in range(5):
        make_stream(kinesis, f"more-{number}")
        kinesis.register_stream_consumer(StreamARN=stream, ConsumerName=f"c{number}")
    assert refusal(kinesis.create_stream, StreamName="last", ShardCount=1)[0] == "LimitExceededException"
    sixth = {"StreamARN": stream, "ConsumerName": "sixth"}
    assert refusal(kinesis.register_stream_consumer, **sixth)[0] == "LimitExceededException"
    real.advance(15)
    make_stream(kinesis, "last")
    kinesis.register_stream_consumer(**sixth)


def test_a_shard_takes_a_thousand_records_in_a_second(real, kinesis, stream):
    records = [{"PartitionKey": "a", "Data": b"x"}] * 500
    for _ in range(2):
        assert kinesis.put_records(StreamName="s", Records=records)["FailedRecordCount"] == 0
    message = f"Rate exceeded for shard shardId-000000000000 in stream s under account {real.account}."
    over = ("ProvisionedThroughputExceededException", message)
    assert refusal(kinesis.put_record, StreamName="s", PartitionKey="a", Data=b"") == over
    real.advance(0.1001)
    reply = kinesis.put_records(StreamName="s", Records=records)
    assert reply["FailedRecordCount"] == 400
    assert [record for record in reply["Records"] if "ErrorCode" in record] == [
        {"ErrorCode": over[0], "ErrorMessage": message}
    ] * 400


def test_a_shard_takes_a_megabyte_in_a_second(real, kinesis, stream):
    kinesis.put_record(StreamName="s", PartitionKey="a", Data=bytes(1_000_000))
    large = {"StreamName": "s", "PartitionKey": "a", "Data": bytes(100_000)}
    assert refusal(kinesis.put_record, **large)[0] == "ProvisionedThroughputExceededException"
    real.advance(1)
    kinesis.put_record(**large)


def test_a_shard_is_read_five_times_in_a_second(real, kinesis, stream):
    start = iterator(kinesis)
    for _ in range(5):
        kinesis.get_records(ShardIterator=start)
    assert refusal(kinesis.get_records, ShardIterator=start) == (
        "ProvisionedThroughputExceededException",
        f"Rate exceeded for Shard - {real.account}/s/shardId-000000000000",
    )
    real.advance(0.2)
    kinesis.get_records(ShardIterator=start)


def test_ten_megabytes_are_made_up_for_in_five_seconds(real, kinesis, stream):
    for _ in range(12):
        kinesis.put_record(StreamName="s", PartitionKey="a", Data=bytes(900_000))
        real.advance(1)
    start = iterator(kinesis)
    assert len(kinesis.get_records(ShardIterator=start)["Records"]) == 11
    real.advance(2)
    assert refusal(kinesis.get_records, ShardIterator=start)[0] == "ProvisionedThroughputExceededException"
    real.advance(3)
    kinesis.get_records(ShardIterator=start)
