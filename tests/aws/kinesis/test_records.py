"""Records: put, read from every kind of position, and kept as long as the stream says."""

import hashlib
import uuid

import pytest

from aws.kinesis.conftest import HALF, iterator, make_stream, put, read, refusal, shard_name

MEBIBYTE = 1_048_576


def test_a_record_is_read_as_it_was_put(aws, kinesis):
    make_stream(kinesis)
    data = bytes(range(256))
    reply = kinesis.put_record(StreamName="s", PartitionKey="ключ\x00", Data=data)
    assert reply["ShardId"] == shard_name(0)
    assert len(reply["SequenceNumber"]) == 56
    page = kinesis.get_records(ShardIterator=iterator(kinesis))
    (record,) = page["Records"]
    assert record["Data"] == data
    assert record["PartitionKey"] == "ключ\x00"
    assert record["SequenceNumber"] == reply["SequenceNumber"]
    assert record["ApproximateArrivalTimestamp"].timestamp() == pytest.approx(aws.clock.now(), abs=0.01)
    assert "EncryptionType" not in record
    assert page["MillisBehindLatest"] == 0
    assert kinesis.get_records(ShardIterator=page["NextShardIterator"])["Records"] == []


def test_a_key_belongs_to_the_shard_of_its_md5(kinesis):
    make_stream(kinesis, "s", 4)
    for number in range(20):
        key = f"key-{number}"
        place = int(hashlib.md5(key.encode()).hexdigest(), 16) * 4 >> 128
        assert kinesis.put_record(StreamName="s", PartitionKey=key, Data=b"")["ShardId"] == shard_name(place)


def test_an_explicit_hash_key_goes_before_the_partition_key(aws, kinesis):
    arn = make_stream(kinesis, "s", 2)
    for hash_key, number in ((0, 0), (HALF - 1, 0), (HALF, 1), ((1 << 128) - 1, 1)):
        reply = kinesis.put_record(StreamARN=arn, PartitionKey="a", ExplicitHashKey=str(hash_key), Data=b"")
        assert reply["ShardId"] == shard_name(number)
    over = str(1 << 128)
    message = "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was " + over
    record = {"PartitionKey": "a", "ExplicitHashKey": over, "Data": b""}
    assert refusal(kinesis.put_record, StreamName="s", **record) == ("InvalidArgumentException", message)
    assert refusal(kinesis.put_records, StreamName="s", Records=[record]) == ("InvalidArgumentException", message)


def test_records_of_a_shard_are_in_the_order_of_their_numbers(kinesis):
    make_stream(kinesis)
    numbers = [put(kinesis, str(place).encode()) for place in range(5)]
    batch = kinesis.put_records(StreamName="s", Records=[{"PartitionKey": "a", "Data": b"5"}] * 3)
    numbers += [record["SequenceNumber"] for record in batch["Records"]]
    assert [int(number) for number in numbers] == sorted({int(number) for number in numbers})
    assert read(kinesis) == [b"0", b"1", b"2", b"3", b"4", b"5", b"5", b"5"]


def test_a_batch_answers_for_each_record(kinesis):
    make_stream(kinesis, "s", 2)
    keys = [0, HALF, 0, HALF]
    reply = kinesis.put_records(
        StreamName="s",
        Records=[{"PartitionKey": "a", "ExplicitHashKey": str(key), "Data": str(key).encode()} for key in keys],
    )
    assert reply["FailedRecordCount"] == 0
    assert [record["ShardId"] for record in reply["Records"]] == [shard_name(n) for n in (0, 1, 0, 1)]
    assert read(kinesis, number=1) == [str(HALF).encode()] * 2


def test_a_batch_has_limits(kinesis):
    make_stream(kinesis)
    record = {"PartitionKey": "a", "Data": b""}
    assert kinesis.put_records(StreamName="s", Records=[record] * 500)["FailedRecordCount"] == 0
    for records in ([], [record] * 501):
        assert refusal(kinesis.put_records, StreamName="s", Records=records)[0] == "ValidationException"
    large = [{"PartitionKey": "a", "Data": bytes(MEBIBYTE - 1)}] * 10
    assert kinesis.put_records(StreamName="s", Records=large)["FailedRecordCount"] == 0
    assert refusal(kinesis.put_records, StreamName="s", Records=[*large, record, {"PartitionKey": "aa", "Data": b""}])[
        1
    ].startswith("Records size exceeds")
    assert refusal(kinesis.put_records, StreamName="s", Records=[{"PartitionKey": "", "Data": b""}])[0] == (
        "ValidationException"
    )


def test_a_record_is_as_large_as_its_stream_allows(kinesis):
    arn = make_stream(kinesis)
    data = "1 validation error detected: Value at '{}' failed to satisfy constraint: Member must have length less than "
    put_one = {"StreamName": "s", "PartitionKey": "a"}
    kinesis.put_record(**put_one, Data=bytes(MEBIBYTE - 1))
    assert refusal(kinesis.put_record, **put_one, Data=bytes(MEBIBYTE + 1)) == (
        "ValidationException",
        data.format("data") + f"or equal to {MEBIBYTE}",
    )
    assert refusal(kinesis.put_record, **put_one, Data=bytes(MEBIBYTE))[0] == "InvalidArgumentException"
    records = [{"PartitionKey": "a", "Data": b""}, {"PartitionKey": "a", "Data": bytes(MEBIBYTE + 1)}]
    assert refusal(kinesis.put_records, StreamName="s", Records=records) == (
        "ValidationException",
        data.format("records.2.member.data") + f"or equal to {MEBIBYTE}",
    )
    kinesis.update_max_record_size(StreamARN=arn, MaxRecordSizeInKiB=10_240)
    large = bytes(10 * MEBIBYTE - 1)
    kinesis.put_record(**put_one, Data=large)
    first = kinesis.get_records(ShardIterator=iterator(kinesis))
    assert len(first["Records"]) == 1
    assert first["MillisBehindLatest"] >= 0
    second = kinesis.get_records(ShardIterator=first["NextShardIterator"])
    assert [len(record["Data"]) for record in second["Records"]] == [len(large)]
    assert refusal(kinesis.update_max_record_size, StreamARN=arn, MaxRecordSizeInKiB=10_241)[0] == "ValidationException"


def test_the_number_for_ordering_must_be_one(aws, kinesis):
    make_stream(kinesis)
    number = put(kinesis, b"1")
    assert int(put(kinesis, b"2", SequenceNumberForOrdering=number)) > int(number)
    wrong = str(int("2" + "0" * 45 + "4", 16))
    asked = {"StreamName": "s", "PartitionKey": "a", "Data": b"", "SequenceNumberForOrdering": wrong}
    assert refusal(kinesis.put_record, **asked) == (
        "InvalidArgumentException",
        f"ExclusiveMinimumSequenceNumber {wrong} used in PutRecord on stream s under account {aws.account} is invalid.",
    )


def test_a_dry_run_does_nothing(kinesis):
    make_stream(kinesis)
    start = iterator(kinesis)
    record = {"PartitionKey": "a", "Data": b"x"}
    for call, request in (
        (kinesis.put_record, {"StreamName": "s", **record}),
        (kinesis.put_records, {"StreamName": "s", "Records": [record]}),
        (kinesis.get_records, {"ShardIterator": start}),
        (kinesis.get_shard_iterator, {"StreamName": "s", "ShardId": "0", "ShardIteratorType": "LATEST"}),
    ):
        assert refusal(call, **request, DryRun=True)[0] == "DryRunOperationException"
    assert read(kinesis) == []


def test_a_shard_is_read_from_any_position(aws, kinesis):
    make_stream(kinesis)
    assert read(kinesis) == []
    first = put(kinesis, b"1")
    aws.advance(10)
    moment = aws.clock.now()
    second = put(kinesis, b"2")
    aws.advance(10)
    put(kinesis, b"3")
    assert read(kinesis) == [b"1", b"2", b"3"]
    assert read(kinesis, "LATEST") == []
    assert read(kinesis, "AT_SEQUENCE_NUMBER", StartingSequenceNumber=second) == [b"2", b"3"]
    assert read(kinesis, "AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=first) == [b"2", b"3"]
    assert read(kinesis, "AT_TIMESTAMP", Timestamp=moment) == [b"2", b"3"]
    assert read(kinesis, "AT_TIMESTAMP", Timestamp=moment + 1) == [b"3"]
    assert read(kinesis, "AT_TIMESTAMP", Timestamp=1.5) == [b"1", b"2", b"3"]
    start = kinesis.describe_stream(StreamName="s")["StreamDescription"]["Shards"][0]["SequenceNumberRange"]
    number = start["StartingSequenceNumber"]
    assert read(kinesis, "AT_SEQUENCE_NUMBER", StartingSequenceNumber=number) == [b"1", b"2", b"3"]
    latest = iterator(kinesis, "LATEST")
    put(kinesis, b"4")
    assert [record["Data"] for record in kinesis.get_records(ShardIterator=latest)["Records"]] == [b"4"]


def test_many_moments_are_found(aws, kinesis):
    make_stream(kinesis)
    moments = []
    for place in range(9):
        moments.append(aws.clock.now())
        put(kinesis, str(place).encode())
        put(kinesis, str(place).encode())
        aws.advance(1)
    for place, moment in enumerate(moments):
        assert len(read(kinesis, "AT_TIMESTAMP", Timestamp=moment - 0.01)) == 2 * (9 - place)


def test_positions_that_make_no_sense_are_refused(aws, kinesis):
    make_stream(kinesis, "s", 2)
    make_stream(kinesis, "t")
    mine = put(kinesis, b"", HALF)
    aws.advance(5)
    place = f"in stream s under account {aws.account}"
    asked = {"StreamName": "s", "ShardId": "shardId-0"}
    both = (
        "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or "
        "(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified {} and {} StartingSequenceNumber."
    )
    cases = [({"ShardIteratorType": kind}, both.format(kind, "no")) for kind in ("AT_SEQUENCE_NUMBER",)]
    cases += [
        ({"ShardIteratorType": kind, "StartingSequenceNumber": "5"}, both.format(kind, "also a"))
        for kind in ("LATEST", "TRIM_HORIZON", "AT_TIMESTAMP")
    ]
    number = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER"}
    cases += [
        (
            number | {"StartingSequenceNumber": mine},
            f"Invalid StartingSequenceNumber. It encodes {shard_name(1)}, while it was used in a call to a shard with "
            f"{shard_name(0)}",
        ),
        (
            number | {"StartingSequenceNumber": "26227199374822427428162556223570313216"},
            "StartingSequenceNumber 26227199374822427428162556223570313216 used in GetShardIterator on shard "
            f"{shard_name(0)} {place} is invalid.",
        ),
        (
            {"ShardIteratorType": "AT_TIMESTAMP"},
            "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. "
            "Current request has no timestamp parameter.",
        ),
    ]
    for request, message in cases:
        assert refusal(kinesis.get_shard_iterator, **asked, **request) == ("InvalidArgumentException", message)
    make_stream(kinesis, "later")
    other = put(kinesis, b"", name="later")
    assert refusal(kinesis.get_shard_iterator, **asked, **number, StartingSequenceNumber=other)[1].endswith(
        "is invalid because it did not come from this stream."
    )
    future = {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": aws.clock.now() + 100}
    assert refusal(kinesis.get_shard_iterator, **asked, **future)[1].startswith(
        "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
    )
    for shard, shown in (("shardId-5", shard_name(5)), ("2147483647", "shardId-002147483647")):
        for name in ("s", "none"):
            start = {"StreamName": name, "ShardId": shard, "ShardIteratorType": "LATEST"}
            assert refusal(kinesis.get_shard_iterator, **start) == (
                "ResourceNotFoundException",
                f"Shard {shown} in stream {name} under account {aws.account} does not exist",
            )
    start = {"StreamName": "s", "ShardId": "x", "ShardIteratorType": "LATEST"}
    assert refusal(kinesis.get_shard_iterator, **start) == (
        "ResourceNotFoundException",
        f"Could not find shard x {place}.",
    )
    assert refusal(kinesis.get_shard_iterator, **asked, ShardIteratorType="x")[0] == "ValidationException"


def test_an_iterator_expires(aws, kinesis):
    make_stream(kinesis)
    start = iterator(kinesis)
    aws.advance(300)
    kinesis.get_records(ShardIterator=start)
    aws.advance(1)
    code, message = refusal(kinesis.get_records, ShardIterator=start)
    assert code == "ExpiredIteratorException"
    assert message.startswith("Iterator expired. The iterator was created at time ")
    assert message.endswith("which is further in the future than the tolerated delay of 300000 milliseconds.")


def test_what_is_not_an_iterator_is_refused(aws, kinesis):
    make_stream(kinesis)
    other = make_stream(kinesis, "t")
    start = iterator(kinesis)
    assert refusal(kinesis.get_records, ShardIterator="nonsense") == (
        "InvalidArgumentException",
        "Invalid ShardIterator.",
    )
    assert refusal(kinesis.get_records, ShardIterator="") == (
        "ValidationException",
        "1 validation error detected: Value '' at 'shardIterator' failed to satisfy constraint: "
        "Member must have length greater than or equal to 1",
    )
    assert refusal(kinesis.get_records, ShardIterator=start, StreamARN=other)[0] == "InvalidArgumentException"
    assert refusal(kinesis.get_records, ShardIterator=start, Limit=10_001)[0] == "ValidationException"
    kinesis.delete_stream(StreamName="s")
    assert refusal(kinesis.get_records, ShardIterator=start)[0] == "ResourceNotFoundException"


def test_pages_of_any_size_hold_what_one_big_page_would(aws, kinesis):
    make_stream(kinesis)
    kinesis.put_records(
        StreamName="s", Records=[{"PartitionKey": "a", "Data": str(place).encode()} for place in range(50)]
    )
    aws.advance(2)
    put(kinesis, b"50")
    for limit in (1, 7, 16, 17, 100):
        found, start = [], iterator(kinesis)
        while True:
            page = kinesis.get_records(ShardIterator=start, Limit=limit)
            if not page["Records"]:
                break
            assert len(page["Records"]) <= limit
            found += [int(record["Data"]) for record in page["Records"]]
            assert page["MillisBehindLatest"] == (0 if found[-1] == 50 else 2000)
            start = page["NextShardIterator"]
        assert found == list(range(51))


def test_a_page_has_at_most_ten_megabytes(kinesis):
    make_stream(kinesis)
    for _ in range(3):
        kinesis.put_records(StreamName="s", Records=[{"PartitionKey": "a", "Data": bytes(900_000)}] * 5)
    first = kinesis.get_records(ShardIterator=iterator(kinesis))
    second = kinesis.get_records(ShardIterator=first["NextShardIterator"])
    assert (len(first["Records"]), len(second["Records"])) == (11, 4)


def test_records_are_kept_as_long_as_the_stream_says(aws, kinesis):
    make_stream(kinesis)
    put(kinesis, b"old")
    aws.advance(3600)
    put(kinesis, b"new")
    aws.advance(23 * 3600 - 1)
    assert read(kinesis) == [b"old", b"new"]
    aws.advance(2)
    assert read(kinesis) == [b"new"]
    kinesis.increase_stream_retention_period(StreamName="s", RetentionPeriodHours=48)
    aws.advance(24 * 3600 - 10)
    assert b"new" in read(kinesis)
    aws.advance(3620)
    assert read(kinesis) == []
    put(kinesis, b"newest")
    aws.advance(7200)
    assert read(kinesis) == [b"newest"]
    assert read(kinesis, "AT_TIMESTAMP", Timestamp=1) == [b"newest"]


def test_accounts_and_regions_have_streams_of_their_own(aws, kinesis):
    make_stream(kinesis)
    put(kinesis, b"here")
    elsewhere = aws.client("kinesis", region_name="eu-west-1")
    make_stream(elsewhere)
    assert read(elsewhere) == []
    other = str(uuid.uuid4().int % 10**12).zfill(12)
    arn = f"arn:aws:kinesis:us-east-1:{other}:stream/s"
    assert refusal(kinesis.put_record, StreamARN=arn, PartitionKey="a", Data=b"") == (
        "ResourceNotFoundException",
        f"Stream s under account {other} not found.",
    )
