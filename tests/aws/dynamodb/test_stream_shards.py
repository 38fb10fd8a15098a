"""Shards: how they follow one another, how they are read, and how long they last."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.config import Config

from aws.dynamodb.conftest import make_table, refusal

HOUR = 3600
SPLIT_AFTER = 10_000
KEY = {"pk": {"S": "a"}}


@pytest.fixture
def streams(aws: Any) -> Any:
    return aws.client("dynamodbstreams", config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))


def streamed(dynamodb: Any, name: str, view: str = "NEW_AND_OLD_IMAGES") -> str:
    make_table(dynamodb, name, StreamSpecification={"StreamEnabled": True, "StreamViewType": view})
    return str(dynamodb.describe_table(TableName=name)["Table"]["LatestStreamArn"])


def put(dynamodb: Any, table: str, *keys: str, **attributes: Any) -> None:
    for key in keys:
        dynamodb.put_item(TableName=table, Item={"pk": {"S": key}, **attributes})


def shards_of(streams: Any, arn: str, **options: Any) -> list[Any]:
    return list(streams.describe_stream(StreamArn=arn, **options)["StreamDescription"]["Shards"])


def iterator(streams: Any, arn: str, shard: Any, kind: str = "TRIM_HORIZON", **options: Any) -> str:
    wanted = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": kind, **options}
    return str(streams.get_shard_iterator(**wanted)["ShardIterator"])


def pages(streams: Any, start: str | None, **options: Any) -> Iterator[list[Any]]:
    """The pages of a shard, up to its end or to the first empty one."""
    while start:
        page = streams.get_records(ShardIterator=start, **options)
        yield page["Records"]
        start = page.get("NextShardIterator") if page["Records"] else None


def records_in(streams: Any, arn: str, shard: Any) -> list[Any]:
    return [record for page in pages(streams, iterator(streams, arn, shard)) for record in page]


def keys_in(streams: Any, arn: str, shard: Any) -> list[str]:
    return [record["dynamodb"]["Keys"]["pk"]["S"] for record in records_in(streams, arn, shard)]


def numbers_in(streams: Any, arn: str, shard: Any) -> list[str]:
    return [record["dynamodb"]["SequenceNumber"] for record in records_in(streams, arn, shard)]


def test_a_shard_is_closed_after_four_hours_and_followed_by_a_child(aws: Any, dynamodb: Any, streams: Any) -> None:
    arn = streamed(dynamodb, "rolling")
    (first,) = shards_of(streams, arn)
    assert "ParentShardId" not in first
    assert "EndingSequenceNumber" not in first["SequenceNumberRange"]
    put(dynamodb, "rolling", "a", "b")
    waiting = iterator(streams, arn, first, "LATEST")
    aws.advance(4 * HOUR - 1)
    assert len(shards_of(streams, arn)) == 1
    aws.advance(2)
    put(dynamodb, "rolling", "c")
    parent, child = shards_of(streams, arn)
    assert (parent["ShardId"], child["ParentShardId"]) == (first["ShardId"], first["ShardId"])
    assert keys_in(streams, arn, parent) == ["a", "b"]
    assert keys_in(streams, arn, child) == ["c"]
    numbers = [*numbers_in(streams, arn, parent), *numbers_in(streams, arn, child)]
    assert numbers == sorted(set(numbers))
    assert parent["SequenceNumberRange"] == {"StartingSequenceNumber": numbers[0], "EndingSequenceNumber": numbers[1]}
    assert child["SequenceNumberRange"] == {"StartingSequenceNumber": numbers[2]}
    assert refusal(streams.get_records, ShardIterator=waiting)[0] == "ExpiredIteratorException"
    end = streams.get_records(ShardIterator=iterator(streams, arn, parent, "LATEST"))
    assert end["Records"] == []
    assert "NextShardIterator" not in end


def test_a_shard_without_records_is_not_closed(aws: Any, dynamodb: Any, streams: Any) -> None:
    arn = streamed(dynamodb, "empty")
    aws.advance(30 * HOUR)
    (shard,) = shards_of(streams, arn)
    put(dynamodb, "empty", "a")
    assert keys_in(streams, arn, shard) == ["a"]


def test_a_busy_shard_is_split_and_no_change_is_lost_or_repeated(aws: Any, dynamodb: Any, streams: Any) -> None:
    arn = streamed(dynamodb, "busy", "NEW_IMAGE")
    items = [f"k{number}" for number in range(500)]
    for turn in range(SPLIT_AFTER // len(items) + 4):
        for at in range(0, len(items), 25):
            writes = [{"PutRequest": {"Item": {"pk": {"S": k}, "v": {"N": str(turn)}}}} for k in items[at : at + 25]]
            dynamodb.batch_write_item(RequestItems={"busy": writes})
    aws.idle()
    put(dynamodb, "busy", *items[:50], last={"BOOL": True})
    parent, *children = shards_of(streams, arn)
    assert [child["ParentShardId"] for child in children] == [parent["ShardId"]] * 2
    found = [records_in(streams, arn, shard) for shard in (parent, *children)]
    assert all(found)
    numbers = [record["dynamodb"]["SequenceNumber"] for shard in found for record in shard]
    assert len(set(numbers)) == len(numbers) == (SPLIT_AFTER // len(items) + 4) * len(items) + 50
    turns: dict[str, list[int]] = {}
    for record in (record for shard in found for record in shard):
        image = record["dynamodb"]["NewImage"]
        if "v" in image:
            turns.setdefault(image["pk"]["S"], []).append(int(image["v"]["N"]))
    assert all(seen == sorted(set(seen)) for seen in turns.values())
    halves = [{record["dynamodb"]["Keys"]["pk"]["S"] for record in shard} for shard in found[1:]]
    assert not halves[0] & halves[1]


def test_shards_are_described_in_pages_and_by_their_parent(aws: Any, dynamodb: Any, streams: Any) -> None:
    arn = streamed(dynamodb, "paged")
    for at in range(4):
        put(dynamodb, "paged", str(at))
        aws.advance(4 * HOUR + 1)
    every = shards_of(streams, arn)
    assert len(every) == 5
    page = streams.describe_stream(StreamArn=arn, Limit=2)["StreamDescription"]
    assert page["Shards"] == every[:2]
    assert page["LastEvaluatedShardId"] == every[1]["ShardId"]
    assert shards_of(streams, arn, ExclusiveStartShardId=page["LastEvaluatedShardId"]) == every[2:]
    assert "LastEvaluatedShardId" not in streams.describe_stream(StreamArn=arn, Limit=5)["StreamDescription"]
    by_parent = {"Type": "CHILD_SHARDS", "ShardId": every[2]["ShardId"]}
    assert shards_of(streams, arn, ShardFilter=by_parent) == [every[3]]
    assert shards_of(streams, arn, ShardFilter={**by_parent, "ShardId": every[4]["ShardId"]}) == []
    describe = streams.describe_stream
    assert refusal(describe, StreamArn=arn, ShardFilter={"Type": "CHILD_SHARDS"})[0] == "ValidationException"
    assert refusal(describe, StreamArn=arn, ShardFilter={**by_parent, "Type": "OTHER"})[0] == "ValidationException"
    assert refusal(describe, StreamArn=arn, Limit=101) == (
        "ValidationException",
        "1 validation error detected: Value '101' at 'limit' failed to satisfy constraint: Member must have value less "
        "than or equal to 100",
    )
    assert refusal(describe, StreamArn=arn, Limit=0)[0] == "ValidationException"


def test_records_and_closed_shards_are_kept_for_a_day(aws: Any, dynamodb: Any, streams: Any) -> None:
    arn = streamed(dynamodb, "kept")
    put(dynamodb, "kept", "old")
    aws.advance(23 * HOUR)
    put(dynamodb, "kept", "new")
    parent, child = shards_of(streams, arn)
    assert (keys_in(streams, arn, parent), keys_in(streams, arn, child)) == (["old"], ["new"])
    aws.advance(HOUR + 1)
    assert (keys_in(streams, arn, parent), keys_in(streams, arn, child)) == ([], ["new"])
    aws.advance(4 * HOUR)
    left = shards_of(streams, arn)
    assert left[0]["ParentShardId"] == parent["ShardId"]
    assert parent["ShardId"] not in [shard["ShardId"] for shard in left]
    wanted = {"StreamArn": arn, "ShardId": parent["ShardId"], "ShardIteratorType": "LATEST"}
    assert refusal(streams.get_shard_iterator, **wanted)[0] == "ResourceNotFoundException"


def test_what_was_trimmed_cannot_be_read_from(aws: Any, dynamodb: Any, streams: Any) -> None:
    arn = streamed(dynamodb, "trimmed")
    put(dynamodb, "trimmed", "a")
    aws.advance(3 * HOUR)
    put(dynamodb, "trimmed", "b")
    (shard,) = shards_of(streams, arn)
    first, second = numbers_in(streams, arn, shard)
    aws.advance(20 * HOUR + 55 * 60)
    at = iterator(streams, arn, shard, "AT_SEQUENCE_NUMBER", SequenceNumber=first)
    aws.advance(10 * 60)
    trimmed = (
        "TrimmedDataAccessException",
        "The operation attempted to read past the oldest stream record in a shard.",
    )
    assert refusal(streams.get_records, ShardIterator=at)[0] == trimmed[0]
    wanted = {"StreamArn": arn, "ShardId": shard["ShardId"], "SequenceNumber": first}
    for kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"):
        assert refusal(streams.get_shard_iterator, **wanted, ShardIteratorType=kind)[0] == trimmed[0]
    assert keys_in(streams, arn, shard) == ["b"]
    at = iterator(streams, arn, shard, "AT_SEQUENCE_NUMBER", SequenceNumber=second)
    assert len(streams.get_records(ShardIterator=at)["Records"]) == 1


def test_what_was_trimmed_is_passed_over_from_the_horizon(aws: Any, dynamodb: Any, streams: Any) -> None:
    arn = streamed(dynamodb, "passed")
    for at in range(0, 50, 25):
        writes = [{"PutRequest": {"Item": {"pk": {"S": f"old{at + n}"}}}} for n in range(25)]
        dynamodb.batch_write_item(RequestItems={"passed": writes})
    aws.advance(4 * HOUR - 60)
    put(dynamodb, "passed", "new")
    (shard,) = shards_of(streams, arn)
    aws.advance(20 * HOUR + 60)
    assert len(next(pages(streams, iterator(streams, arn, shard), Limit=1))) == 1
    assert keys_in(streams, arn, shard) == ["new"]
    aws.advance(4 * HOUR - 30)
    end = streams.get_records(ShardIterator=iterator(streams, arn, shard))
    assert end["Records"] == []
    assert "NextShardIterator" not in end


def test_an_iterator_is_good_for_fifteen_minutes(aws: Any, dynamodb: Any, streams: Any) -> None:
    arn = streamed(dynamodb, "expiring")
    (shard,) = shards_of(streams, arn)
    start = iterator(streams, arn, shard)
    aws.advance(15 * 60 - 1)
    after = streams.get_records(ShardIterator=start)["NextShardIterator"]
    aws.advance(2)
    assert refusal(streams.get_records, ShardIterator=start)[0] == "ExpiredIteratorException"
    assert streams.get_records(ShardIterator=after)["Records"] == []


def test_a_moment_is_a_place_to_start_from(aws: Any, dynamodb: Any, streams: Any) -> None:
    arn = streamed(dynamodb, "dated")
    (shard,) = shards_of(streams, arn)
    put(dynamodb, "dated", "a")
    aws.advance(60)
    put(dynamodb, "dated", "b", "c")

    def keys_from(moment: float) -> list[str]:
        at = iterator(streams, arn, shard, "AT_TIMESTAMP", Timestamp=datetime.fromtimestamp(moment, UTC))
        found = streams.get_records(ShardIterator=at)["Records"]
        return [record["dynamodb"]["Keys"]["pk"]["S"] for record in found]

    now = aws.clock.now()
    assert keys_from(now - 3600) == ["a", "b", "c"]
    assert keys_from(now - 30) == ["b", "c"]
    assert keys_from(now + 30) == []


def test_numbers_from_elsewhere_are_refused(aws: Any, dynamodb: Any, streams: Any) -> None:
    arn = streamed(dynamodb, "placed")
    put(dynamodb, "placed", "a")
    aws.advance(4 * HOUR + 1)
    put(dynamodb, "placed", "b")
    parent, child = shards_of(streams, arn)
    (theirs,) = numbers_in(streams, arn, child)
    wanted = {"StreamArn": arn, "ShardId": parent["ShardId"], "ShardIteratorType": "AT_SEQUENCE_NUMBER"}
    for number in (theirs, "9" * 21, "0" * 21, "1" * 40, "x" * 21):
        code, message = refusal(streams.get_shard_iterator, **wanted, SequenceNumber=number)
        assert code == "ValidationException"
        assert message.startswith(f"Invalid SequenceNumber: {number}")
    assert refusal(streams.get_shard_iterator, **wanted, SequenceNumber="1")[0] == "ValidationException"
    assert refusal(streams.get_shard_iterator, **wanted)[0] == "ValidationException"
    wanted["ShardIteratorType"] = "AT_TIMESTAMP"
    assert refusal(streams.get_shard_iterator, **wanted)[0] == "ValidationException"
    wanted["ShardIteratorType"] = "EARLIEST"
    assert refusal(streams.get_shard_iterator, **wanted)[0] == "ValidationException"


def test_a_page_has_at_most_a_thousand_records_and_a_megabyte(dynamodb: Any, streams: Any) -> None:
    arn = streamed(dynamodb, "large")
    (shard,) = shards_of(streams, arn)
    for at in range(0, 1100, 25):
        writes = [{"PutRequest": {"Item": {"pk": {"S": str(at + n)}}}} for n in range(25)]
        dynamodb.batch_write_item(RequestItems={"large": writes})
    for at in range(8):
        put(dynamodb, "large", f"large{at}", v={"S": "x" * 300_000})
    found = list(pages(streams, iterator(streams, arn, shard)))
    assert len(found[0]) == 1000
    assert Counter(record["eventID"] for page in found for record in page).most_common(1)[0][1] == 1
    assert sum(map(len, found)) == 1108
    assert all(sum(record["dynamodb"]["SizeBytes"] for record in page) <= 1 << 20 for page in found)
    assert [len(page) for page in pages(streams, iterator(streams, arn, shard), Limit=600)][:2] == [600, 502]
    start = iterator(streams, arn, shard)
    for limit in (0, 1001):
        assert refusal(streams.get_records, ShardIterator=start, Limit=limit)[0] == "ValidationException"


def test_streams_are_listed_in_pages_by_arn(dynamodb: Any, streams: Any) -> None:
    arns = [streamed(dynamodb, f"listed{at}") for at in range(3)]
    listed = streams.list_streams()["Streams"]
    assert [one["StreamArn"] for one in listed] == sorted(arns)
    assert listed[0] == {"StreamArn": arns[0], "TableName": "listed0", "StreamLabel": arns[0].rpartition("/")[2]}
    page = streams.list_streams(Limit=2)
    assert [one["StreamArn"] for one in page["Streams"]] == arns[:2]
    rest = streams.list_streams(ExclusiveStartStreamArn=page["LastEvaluatedStreamArn"])
    assert [one["StreamArn"] for one in rest["Streams"]] == arns[2:]
    assert "LastEvaluatedStreamArn" not in rest
    assert [one["StreamArn"] for one in streams.list_streams(TableName="listed1")["Streams"]] == [arns[1]]
    assert streams.list_streams(TableName="nowhere")["Streams"] == []
    assert refusal(streams.list_streams, Limit=101)[0] == "ValidationException"


def test_the_stream_of_a_deleted_table_can_be_read_for_a_day(aws: Any, dynamodb: Any, streams: Any) -> None:
    arn = streamed(dynamodb, "deleted")
    put(dynamodb, "deleted", "a")
    dynamodb.delete_table(TableName="deleted")
    description = streams.describe_stream(StreamArn=arn)["StreamDescription"]
    assert description["StreamStatus"] == "DISABLED"
    (shard,) = description["Shards"]
    assert keys_in(streams, arn, shard) == ["a"]
    again = streamed(dynamodb, "deleted")
    assert {one["StreamArn"] for one in streams.list_streams(TableName="deleted")["Streams"]} == {arn, again}
    aws.advance(24 * HOUR)
    missing = ("ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found")
    assert refusal(streams.describe_stream, StreamArn=arn) == missing
    assert [one["StreamArn"] for one in streams.list_streams(TableName="deleted")["Streams"]] == [again]
    aws.advance(HOUR)
    assert refusal(streams.describe_stream, StreamArn=arn) == missing


def test_deletions_by_time_to_live_say_whose_they_are(aws: Any, dynamodb: Any, streams: Any) -> None:
    arn = streamed(dynamodb, "expired")
    wanted = {"Enabled": True, "AttributeName": "until"}
    dynamodb.update_time_to_live(TableName="expired", TimeToLiveSpecification=wanted)
    put(dynamodb, "expired", "a", until={"N": str(int(aws.clock.now()) + 60)})
    aws.advance(120)
    (shard,) = shards_of(streams, arn)
    insert, remove = records_in(streams, arn, shard)
    assert "userIdentity" not in insert
    assert remove["eventName"] == "REMOVE"
    assert remove["userIdentity"] == {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}


def test_a_record_is_as_aws_gives_it(aws: Any, dynamodb: Any, streams: Any) -> None:
    arn = streamed(dynamodb, "formed")
    put(dynamodb, "formed", "a", v={"N": "1"})
    put(dynamodb, "formed", "a", v={"B": b"\x01\x02"})
    (shard,) = shards_of(streams, arn)
    insert, modify = records_in(streams, arn, shard)
    assert len(insert.pop("eventID")) == 32
    made_at = insert["dynamodb"].pop("ApproximateCreationDateTime")
    assert made_at.timestamp() == int(aws.clock.now())
    number = insert["dynamodb"].pop("SequenceNumber")
    assert (len(number), number.isdecimal()) == (21, True)
    assert insert == {
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "Keys": KEY,
            "NewImage": {**KEY, "v": {"N": "1"}},
            "SizeBytes": 9,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    }
    assert modify["dynamodb"]["NewImage"]["v"] == {"B": b"\x01\x02"}
    assert modify["dynamodb"]["SizeBytes"] == 3 + 6 + 6


@pytest.mark.parametrize(
    "wanted",
    [{"StreamEnabled": True}, {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"}, {"StreamViewType": "KEYS_ONLY"}],
)
def test_a_specification_must_fit_together(dynamodb: Any, wanted: dict[str, Any]) -> None:
    make_table(dynamodb, "plain")
    assert refusal(dynamodb.update_table, TableName="plain", StreamSpecification=wanted)[0] == "ValidationException"


def test_a_view_type_changes_only_with_another_stream(dynamodb: Any, streams: Any) -> None:
    first = streamed(dynamodb, "viewed", "KEYS_ONLY")
    images = {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    assert refusal(dynamodb.update_table, TableName="viewed", StreamSpecification=images) == (
        "ValidationException",
        "Table already has an enabled stream: TableName: viewed",
    )
    off = {"StreamEnabled": False}
    dynamodb.update_table(TableName="viewed", StreamSpecification=off)
    assert refusal(dynamodb.update_table, TableName="viewed", StreamSpecification=off) == (
        "ValidationException",
        "Table has no stream to disable: TableName: viewed",
    )
    dynamodb.update_table(TableName="viewed", StreamSpecification=images)
    second = dynamodb.describe_table(TableName="viewed")["Table"]["LatestStreamArn"]
    views = {
        arn: streams.describe_stream(StreamArn=arn)["StreamDescription"]["StreamViewType"] for arn in (first, second)
    }
    assert views == {first: "KEYS_ONLY", second: "NEW_IMAGE"}
