"""Streams: made, described, listed, changed and deleted."""

import pytest

from aws.kinesis.conftest import ask, make_stream, refusal, shard_name, summary_of

METRICS = ["IncomingBytes", "IteratorAgeMilliseconds"]


def test_a_stream_is_described_as_it_was_made(aws, kinesis):
    arn = make_stream(kinesis, "s", 2, Tags={"team": "a"})
    assert arn == f"arn:aws:kinesis:us-east-1:{aws.account}:stream/s"
    described = kinesis.describe_stream(StreamName="s")["StreamDescription"]
    assert described["StreamStatus"] == "ACTIVE"
    assert described["StreamModeDetails"] == {"StreamMode": "PROVISIONED"}
    assert described["RetentionPeriodHours"] == 24
    assert described["EnhancedMonitoring"] == [{"ShardLevelMetrics": []}]
    assert described["EncryptionType"] == "NONE"
    assert described["HasMoreShards"] is False
    assert [shard["ShardId"] for shard in described["Shards"]] == [shard_name(0), shard_name(1)]
    assert described["Shards"][1]["HashKeyRange"] == {
        "StartingHashKey": "170141183460469231731687303715884105728",
        "EndingHashKey": "340282366920938463463374607431768211455",
    }
    assert set(described["Shards"][0]["SequenceNumberRange"]) == {"StartingSequenceNumber"}
    summary = summary_of(kinesis)
    assert (summary["OpenShardCount"], summary["ConsumerCount"], summary["MaxRecordSizeInKiB"]) == (2, 0, 1024)
    assert summary["RecordDistributionStrategy"] == "USER_PARTITION_KEY"
    assert len(summary["StreamId"]) == 24
    assert kinesis.list_tags_for_stream(StreamName="s")["Tags"] == [{"Key": "team", "Value": "a"}]


def test_a_stream_is_found_by_name_arn_and_id(aws, kinesis):
    arn = make_stream(kinesis)
    identity = summary_of(kinesis)["StreamId"]
    status, reply = ask(aws, "DescribeStreamSummary", StreamId=identity)
    assert (status, reply["StreamDescriptionSummary"]["StreamARN"]) == (200, arn)
    for naming in ({"StreamARN": arn}, {"StreamARN": arn, "StreamName": "s"}):
        assert kinesis.describe_stream_summary(**naming)["StreamDescriptionSummary"]["StreamName"] == "s"
    code, message = refusal(kinesis.describe_stream_summary)
    assert (code, message) == ("InvalidArgumentException", "Either StreamName or StreamARN should be provided.")
    assert refusal(kinesis.describe_stream_summary, StreamARN=arn, StreamName="t")[0] == "InvalidArgumentException"
    other = "a" * 20 + "-" + "b" * 3
    status, reply = ask(aws, "DescribeStreamSummary", StreamName="s", StreamId=other)
    assert (status, reply["__type"]) == (400, "InvalidArgumentException")
    status, reply = ask(aws, "DescribeStreamSummary", StreamId=other)
    assert (status, reply["__type"]) == (400, "ResourceNotFoundException")
    assert refusal(kinesis.describe_stream_summary, StreamARN="x")[0] == "ValidationException"


def test_a_stream_that_is_not_there_is_not_found(aws, kinesis):
    expected = ("ResourceNotFoundException", f"Stream none under account {aws.account} not found.")
    assert refusal(kinesis.describe_stream, StreamName="none") == expected
    assert refusal(kinesis.describe_stream_summary, StreamName="none") == expected
    assert refusal(kinesis.delete_stream, StreamName="none") == expected
    assert refusal(kinesis.list_shards, StreamName="none") == expected
    assert refusal(kinesis.put_record, StreamName="none", PartitionKey="a", Data=b"") == expected
    assert refusal(kinesis.split_shard, StreamName="none", ShardToSplit="a-0", NewStartingHashKey="5") == expected


def test_a_stream_is_made_once(aws, kinesis):
    make_stream(kinesis)
    code, message = refusal(kinesis.create_stream, StreamName="s", ShardCount=1)
    assert (code, message) == ("ResourceInUseException", f"Stream s under account {aws.account} already exists.")


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"ShardCount": 1}, "Value null at 'streamName' failed to satisfy constraint: Member must not be null"),
        (
            {"StreamName": "a b", "ShardCount": 1},
            "Value 'a b' at 'streamName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
        ),
        (
            {"StreamName": "a", "ShardCount": 0},
            "Value '0' at 'shardCount' failed to satisfy constraint: Member must have value greater than or equal to 1",
        ),
        ({"StreamName": "a"}, "Value null at 'shardCount' failed to satisfy constraint: Member must not be null"),
        (
            {"StreamName": "a", "StreamModeDetails": {"StreamMode": "x"}},
            "Value 'x' at 'streamModeDetails.streamMode' failed to satisfy constraint: "
            "Member must satisfy enum value set: [PROVISIONED, ON_DEMAND]",
        ),
        (
            {"StreamName": "a", "ShardCount": 1, "MaxRecordSizeInKiB": 1023},
            "Value '1023' at 'maxRecordSizeInKiB' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1024",
        ),
    ],
)
def test_a_stream_that_the_model_forbids_is_refused(kinesis, request_, message):
    code, said = refusal(kinesis.create_stream, **request_)
    assert (code, said) == ("ValidationException", f"1 validation error detected: {message}")


def test_a_member_of_another_type_is_a_serialization_error(kinesis):
    assert refusal(kinesis.create_stream, StreamName="a", ShardCount="x")[0] == "SerializationException"


def test_a_stream_in_on_demand_mode_has_four_shards_and_no_count(kinesis):
    make_stream(kinesis, "d", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    assert summary_of(kinesis, "d")["OpenShardCount"] == 4
    both = {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "ShardCount": 2}
    assert refusal(kinesis.create_stream, StreamName="e", **both)[0] == "InvalidArgumentException"


def test_more_shards_than_an_account_may_have_are_refused(aws, kinesis):
    assert refusal(kinesis.create_stream, StreamName="s", ShardCount=10_001)[0] == "LimitExceededException"
    for name in ("a", "b"):
        make_stream(kinesis, name, 10_000)
    code, message = refusal(kinesis.create_stream, StreamName="c", ShardCount=5)
    assert code == "LimitExceededException"
    assert message.startswith(
        f"This request would exceed the shard limit for the account {aws.account} in us-east-1. Current shard count "
        "for the account: 20000. Limit: 20000. Number of additional shards that would have resulted from this "
        "request: 5. "
    )


def test_limits_are_described(kinesis):
    make_stream(kinesis, "a", 3)
    make_stream(kinesis, "b", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    limits = kinesis.describe_limits()
    assert (limits["OpenShardCount"], limits["OnDemandStreamCount"]) == (3, 1)
    assert (limits["ShardLimit"], limits["OnDemandStreamCountLimit"]) == (20_000, 50)


def test_streams_are_listed_in_pages(kinesis):
    names = [f"s{number}" for number in range(5)]
    for name in reversed(names):
        make_stream(kinesis, name)
    page = kinesis.list_streams(Limit=2)
    assert (page["StreamNames"], page["HasMoreStreams"]) == (names[:2], True)
    assert page["StreamSummaries"][1]["StreamName"] == "s1"
    assert page["StreamSummaries"][1]["StreamStatus"] == "ACTIVE"
    following = kinesis.list_streams(Limit=2, NextToken=page["NextToken"])
    assert following["StreamNames"] == names[2:4]
    last = kinesis.list_streams(ExclusiveStartStreamName="s3")
    assert (last["StreamNames"], last["HasMoreStreams"]) == (["s4"], False)
    assert "NextToken" not in last
    assert refusal(kinesis.list_streams, NextToken="wrong")[0] == "InvalidArgumentException"
    assert kinesis.get_paginator("list_streams").paginate().build_full_result()["StreamNames"] == names


def test_a_page_token_expires(aws, kinesis):
    make_stream(kinesis, "a")
    make_stream(kinesis, "b", 3)
    streams = kinesis.list_streams(Limit=1)["NextToken"]
    shards = kinesis.list_shards(StreamName="b", MaxResults=1)["NextToken"]
    aws.advance(301)
    assert refusal(kinesis.list_streams, NextToken=streams)[0] == "ExpiredNextTokenException"
    assert refusal(kinesis.list_shards, NextToken=shards)[0] == "ExpiredNextTokenException"


def test_a_deleted_stream_is_gone_and_its_name_is_free(aws, kinesis):
    make_stream(kinesis, "s", 2)
    kinesis.put_record(StreamName="s", PartitionKey="a", Data=b"old")
    kinesis.delete_stream(StreamName="s")
    assert refusal(kinesis.describe_stream, StreamName="s")[0] == "ResourceNotFoundException"
    aws.idle()
    make_stream(kinesis, "s")
    start = kinesis.get_shard_iterator(StreamName="s", ShardId="0", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    assert kinesis.get_records(ShardIterator=start)["Records"] == []


def test_a_stream_with_consumers_is_deleted_on_purpose_only(aws, kinesis):
    arn = make_stream(kinesis)
    kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")
    assert refusal(kinesis.delete_stream, StreamName="s")[0] == "ResourceInUseException"
    kinesis.delete_stream(StreamName="s", EnforceConsumerDeletion=True)
    assert kinesis.list_streams()["StreamNames"] == []


def test_shards_are_described_in_pages(kinesis):
    make_stream(kinesis, "s", 5)
    page = kinesis.describe_stream(StreamName="s", Limit=2)["StreamDescription"]
    assert ([shard["ShardId"] for shard in page["Shards"]], page["HasMoreShards"]) == (
        [shard_name(0), shard_name(1)],
        True,
    )
    rest = kinesis.describe_stream(StreamName="s", ExclusiveStartShardId=shard_name(1))["StreamDescription"]
    assert [shard["ShardId"] for shard in rest["Shards"]] == [shard_name(2), shard_name(3), shard_name(4)]
    assert rest["HasMoreShards"] is False


def test_retention_grows_and_shrinks(aws, kinesis):
    arn = make_stream(kinesis)
    kinesis.increase_stream_retention_period(StreamName="s", RetentionPeriodHours=8760)
    assert summary_of(kinesis)["RetentionPeriodHours"] == 8760
    kinesis.decrease_stream_retention_period(StreamARN=arn, RetentionPeriodHours=48)
    assert summary_of(kinesis)["RetentionPeriodHours"] == 48
    asked = "Requested retention period ({} hours)"
    for call, hours, message in (
        (
            kinesis.increase_stream_retention_period,
            23,
            f"Minimum allowed retention period is 24 hours. {asked.format(23)} is too short.",
        ),
        (
            kinesis.increase_stream_retention_period,
            8761,
            f"Maximum allowed retention period is 8760 hours. {asked.format(8761)} is too long.",
        ),
        (
            kinesis.increase_stream_retention_period,
            47,
            f"{asked.format(47)} for stream s can not be shorter than existing retention period (48 hours). "
            "Use DecreaseRetentionPeriod API.",
        ),
        (
            kinesis.decrease_stream_retention_period,
            49,
            f"{asked.format(49)} for stream s can not be longer than existing retention period (48 hours). "
            "Use IncreaseRetentionPeriod API.",
        ),
    ):
        assert refusal(call, StreamName="s", RetentionPeriodHours=hours) == ("InvalidArgumentException", message)


def test_encryption_is_started_and_stopped(kinesis):
    make_stream(kinesis)
    key = {"StreamName": "s", "EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}
    plain = kinesis.put_record(StreamName="s", PartitionKey="a", Data=b"1")
    assert "EncryptionType" not in plain
    kinesis.start_stream_encryption(**key)
    assert (summary_of(kinesis)["EncryptionType"], summary_of(kinesis)["KeyId"]) == ("KMS", "alias/aws/kinesis")
    assert kinesis.put_record(StreamName="s", PartitionKey="a", Data=b"2")["EncryptionType"] == "KMS"
    batch = kinesis.put_records(StreamName="s", Records=[{"PartitionKey": "a", "Data": b"3"}])
    assert batch["EncryptionType"] == "KMS"
    kinesis.stop_stream_encryption(**key)
    assert summary_of(kinesis)["EncryptionType"] == "NONE"
    start = kinesis.get_shard_iterator(StreamName="s", ShardId="0", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
    kinds = [record.get("EncryptionType") for record in kinesis.get_records(ShardIterator=start)["Records"]]
    assert kinds == [None, "KMS", "KMS"]
    assert refusal(kinesis.start_stream_encryption, **(key | {"EncryptionType": "NONE"}))[0] == (
        "InvalidArgumentException"
    )


def test_enhanced_monitoring_is_enabled_and_disabled(kinesis):
    arn = make_stream(kinesis)
    enabled = kinesis.enable_enhanced_monitoring(StreamName="s", ShardLevelMetrics=METRICS)
    assert (enabled["CurrentShardLevelMetrics"], enabled["DesiredShardLevelMetrics"]) == ([], METRICS)
    assert summary_of(kinesis)["EnhancedMonitoring"] == [{"ShardLevelMetrics": METRICS}]
    everything = kinesis.enable_enhanced_monitoring(StreamARN=arn, ShardLevelMetrics=["ALL"])
    assert len(everything["DesiredShardLevelMetrics"]) == 7
    fewer = kinesis.disable_enhanced_monitoring(StreamName="s", ShardLevelMetrics=METRICS)
    assert (fewer["StreamName"], fewer["StreamARN"]) == ("s", arn)
    assert len(fewer["DesiredShardLevelMetrics"]) == 5
    assert (
        kinesis.disable_enhanced_monitoring(StreamName="s", ShardLevelMetrics=["ALL"])["DesiredShardLevelMetrics"] == []
    )
    assert refusal(kinesis.enable_enhanced_monitoring, StreamName="s", ShardLevelMetrics=["x"])[0] == (
        "ValidationException"
    )


def test_the_mode_changes_twice_a_day(aws, kinesis):
    arn = make_stream(kinesis, "s", 2)
    for mode in ("ON_DEMAND", "PROVISIONED"):
        kinesis.update_stream_mode(StreamARN=arn, StreamModeDetails={"StreamMode": mode})
        summary = summary_of(kinesis)
        assert (summary["StreamModeDetails"], summary["OpenShardCount"]) == ({"StreamMode": mode}, 2)
    change = {"StreamARN": arn, "StreamModeDetails": {"StreamMode": "ON_DEMAND"}}
    assert refusal(kinesis.update_stream_mode, **change)[0] == "LimitExceededException"
    aws.advance(86_401)
    kinesis.update_stream_mode(**change)
    split = {"StreamName": "s", "ShardToSplit": "0", "NewStartingHashKey": "5"}
    assert refusal(kinesis.split_shard, **split)[0] == "ValidationException"
    scale = {"StreamName": "s", "TargetShardCount": 4, "ScalingType": "UNIFORM_SCALING"}
    assert refusal(kinesis.update_shard_count, **scale)[0] == "ValidationException"
    merge = {"StreamName": "s", "ShardToMerge": "0", "AdjacentShardToMerge": "1"}
    assert refusal(kinesis.merge_shards, **merge)[0] == "ValidationException"


def test_warm_throughput_needs_an_account_that_is_committed(aws, kinesis):
    arn = make_stream(kinesis, "d", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    make_stream(kinesis, "p")
    warm = {"StreamARN": arn, "WarmThroughputMiBps": 50}
    assert refusal(kinesis.update_stream_warm_throughput, **warm)[0] == "ValidationException"
    status = "MinimumThroughputBillingCommitment"
    assert kinesis.describe_account_settings()[status] == {"Status": "DISABLED"}
    enabled = kinesis.update_account_settings(**{status: {"Status": "ENABLED"}})[status]
    assert enabled["Status"] == "ENABLED"
    assert (enabled["EarliestAllowedEndAt"] - enabled["StartedAt"]).total_seconds() == 86_400
    reply = kinesis.update_stream_warm_throughput(**warm)
    assert reply["WarmThroughput"] == {"TargetMiBps": 50, "CurrentMiBps": 50}
    assert summary_of(kinesis, "d")["WarmThroughput"] == {"TargetMiBps": 50, "CurrentMiBps": 50}
    assert refusal(kinesis.update_stream_warm_throughput, StreamName="p", WarmThroughputMiBps=1)[0] == (
        "ValidationException"
    )
    over = {"StreamName": "d", "WarmThroughputMiBps": 10_241}
    assert refusal(kinesis.update_stream_warm_throughput, **over)[0] == "LimitExceededException"
    off = {status: {"Status": "DISABLED"}}
    assert refusal(kinesis.update_account_settings, **off)[0] == "InvalidArgumentException"
    aws.advance(86_400)
    ended = kinesis.update_account_settings(**off)[status]
    assert (ended["Status"], "EndedAt" in ended) == ("DISABLED", True)


def test_records_are_spread_by_the_service_where_that_is_wanted(kinesis):
    arn = make_stream(kinesis, "d", StreamModeDetails={"StreamMode": "ON_DEMAND"}, RecordDistributionStrategy="AUTO")
    used = {kinesis.put_record(StreamName="d", Data=b"x", PartitionKey="same")["ShardId"] for _ in range(60)}
    assert len(used) > 1
    assert kinesis.put_record(StreamName="d", Data=b"x")["ShardId"]
    kinesis.update_stream_record_distribution_strategy(StreamARN=arn, RecordDistributionStrategy="USER_PARTITION_KEY")
    assert refusal(kinesis.put_record, StreamName="d", Data=b"x") == (
        "ValidationException",
        "1 validation error detected: Value null at 'partitionKey' failed to satisfy constraint: "
        "Member must not be null",
    )
    make_stream(kinesis, "p")
    change = {"StreamARN": summary_of(kinesis, "p")["StreamARN"], "RecordDistributionStrategy": "AUTO"}
    assert refusal(kinesis.update_stream_record_distribution_strategy, **change)[0] == "InvalidArgumentException"
    made = {"StreamName": "q", "ShardCount": 1, "RecordDistributionStrategy": "AUTO"}
    assert refusal(kinesis.create_stream, **made)[0] == "InvalidArgumentException"


def test_a_large_stream_is_scaled_and_deleted_with_its_records(aws, kinesis):
    make_stream(kinesis, "s", 1200)
    kinesis.update_shard_count(StreamName="s", TargetShardCount=1800, ScalingType="UNIFORM_SCALING")
    assert summary_of(kinesis)["OpenShardCount"] == 1800
    records = [{"PartitionKey": str(place), "Data": b"x"} for place in range(500)]
    for _ in range(2):
        assert kinesis.put_records(StreamName="s", Records=records)["FailedRecordCount"] == 0
    kinesis.delete_stream(StreamName="s")
    aws.idle()
    assert kinesis.list_streams()["StreamNames"] == []
