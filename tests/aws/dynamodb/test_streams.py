"""Streams: what they record, how they are read, and how they end."""

from typing import Any

import pytest

from aws.dynamodb.conftest import make_table, refusal

KEY = {"pk": {"S": "a"}}


def streamed(dynamodb: Any, name: str, view: str = "NEW_AND_OLD_IMAGES") -> str:
    make_table(dynamodb, name, StreamSpecification={"StreamEnabled": True, "StreamViewType": view})
    return str(dynamodb.describe_table(TableName=name)["Table"]["LatestStreamArn"])


def iterator(streams: Any, arn: str, kind: str = "TRIM_HORIZON", **options: Any) -> str:
    """An iterator of the newest shard."""
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][-1]
    wanted = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": kind, **options}
    return str(streams.get_shard_iterator(**wanted)["ShardIterator"])


def records(streams: Any, arn: str) -> list[Any]:
    return list(streams.get_records(ShardIterator=iterator(streams, arn))["Records"])


def test_every_change_is_recorded_once_in_order_and_nothing_else(dynamodb: Any, streams: Any) -> None:
    arn = streamed(dynamodb, "changes")
    dynamodb.put_item(TableName="changes", Item={**KEY, "v": {"N": "1"}})
    dynamodb.put_item(TableName="changes", Item={**KEY, "v": {"N": "1.0"}})
    change = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": {"N": "2"}}}
    dynamodb.update_item(TableName="changes", Key=KEY, **change)
    dynamodb.update_item(TableName="changes", Key=KEY, **change)
    refusal(dynamodb.delete_item, TableName="changes", Key=KEY, ConditionExpression="attribute_not_exists(pk)")
    dynamodb.delete_item(TableName="changes", Key=KEY)
    dynamodb.delete_item(TableName="changes", Key=KEY)
    found = records(streams, arn)
    assert [record["eventName"] for record in found] == ["INSERT", "MODIFY", "REMOVE"]
    insert, modify, remove = (record["dynamodb"] for record in found)
    assert "OldImage" not in insert
    assert insert["NewImage"] == modify["OldImage"] == {**KEY, "v": {"N": "1"}}
    assert modify["NewImage"] == remove["OldImage"] == {**KEY, "v": {"N": "2"}}
    assert "NewImage" not in remove
    numbers = [record["SequenceNumber"] for record in (insert, modify, remove)]
    assert numbers == sorted(set(numbers))
    assert all(record["Keys"] == KEY for record in (insert, modify, remove))
    assert found[0]["eventSource"] == "aws:dynamodb"


@pytest.mark.parametrize(
    ("view", "images"),
    [("KEYS_ONLY", set()), ("NEW_IMAGE", {"NewImage"}), ("OLD_IMAGE", {"OldImage"})],
)
def test_a_view_type_chooses_the_images(dynamodb: Any, streams: Any, view: str, images: set[str]) -> None:
    arn = streamed(dynamodb, "viewed", view)
    dynamodb.put_item(TableName="viewed", Item=KEY)
    dynamodb.put_item(TableName="viewed", Item={**KEY, "v": {"N": "1"}})
    change = records(streams, arn)[1]["dynamodb"]
    assert change.keys() & {"NewImage", "OldImage"} == images
    assert change["StreamViewType"] == view


def test_batches_and_transactions_are_recorded_too(dynamodb: Any, streams: Any) -> None:
    arn = streamed(dynamodb, "batched")
    dynamodb.batch_write_item(RequestItems={"batched": [{"PutRequest": {"Item": KEY}}]})
    put = {"TableName": "batched", "Item": {"pk": {"S": "b"}}}
    dynamodb.transact_write_items(TransactItems=[{"Put": put}, {"Delete": {"TableName": "batched", "Key": KEY}}])
    assert [record["eventName"] for record in records(streams, arn)] == ["INSERT", "INSERT", "REMOVE"]


def test_iterators_start_where_they_are_told(dynamodb: Any, streams: Any) -> None:
    arn = streamed(dynamodb, "iterated")
    for at in range(3):
        dynamodb.put_item(TableName="iterated", Item={"pk": {"S": str(at)}})
    latest = iterator(streams, arn, "LATEST")
    numbers = [record["dynamodb"]["SequenceNumber"] for record in records(streams, arn)]
    at = streams.get_records(ShardIterator=iterator(streams, arn, "AT_SEQUENCE_NUMBER", SequenceNumber=numbers[1]))
    assert [record["dynamodb"]["SequenceNumber"] for record in at["Records"]] == numbers[1:]
    after = iterator(streams, arn, "AFTER_SEQUENCE_NUMBER", SequenceNumber=numbers[1])
    page = streams.get_records(ShardIterator=after)
    assert [record["dynamodb"]["SequenceNumber"] for record in page["Records"]] == numbers[2:]
    dynamodb.put_item(TableName="iterated", Item={"pk": {"S": "later"}})
    page = streams.get_records(ShardIterator=latest)
    assert [record["dynamodb"]["Keys"]["pk"]["S"] for record in page["Records"]] == ["later"]
    page = streams.get_records(ShardIterator=page["NextShardIterator"])
    assert page["Records"] == []
    page = streams.get_records(ShardIterator=iterator(streams, arn), Limit=2)
    assert len(page["Records"]) == 2


def test_a_stream_that_is_switched_off_can_be_read_to_its_end(dynamodb: Any, streams: Any) -> None:
    arn = streamed(dynamodb, "ended")
    dynamodb.put_item(TableName="ended", Item=KEY)
    dynamodb.update_table(TableName="ended", StreamSpecification={"StreamEnabled": False})
    dynamodb.delete_item(TableName="ended", Key=KEY)
    description = streams.describe_stream(StreamArn=arn)["StreamDescription"]
    assert description["StreamStatus"] == "DISABLED"
    assert "EndingSequenceNumber" in description["Shards"][0]["SequenceNumberRange"]
    page = streams.get_records(ShardIterator=iterator(streams, arn))
    assert len(page["Records"]) == 1
    assert "NextShardIterator" not in page
    enabled = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    dynamodb.update_table(TableName="ended", StreamSpecification=enabled)
    listed = streams.list_streams(TableName="ended")["Streams"]
    assert len(listed) == 2
    assert refusal(dynamodb.update_table, TableName="ended", StreamSpecification=enabled) == (
        "ValidationException",
        "Table already has an enabled stream: TableName: ended",
    )


def test_what_is_no_stream_shard_or_iterator_is_refused(dynamodb: Any, streams: Any) -> None:
    arn = streamed(dynamodb, "refused")
    missing = arn.replace("refused", "missing")
    assert refusal(streams.describe_stream, StreamArn=missing)[0] == "ResourceNotFoundException"
    elsewhere = arn.replace("us-east-1", "eu-west-1")
    assert refusal(streams.describe_stream, StreamArn=elsewhere)[0] == "ResourceNotFoundException"
    for wrong in (arn.partition("/stream/")[0], "no-arn-at-all-but-of-thirty-seven-letters"):
        assert refusal(streams.describe_stream, StreamArn=wrong)[0] == "ValidationException"
    shard = {"StreamArn": arn, "ShardId": "shardId-00000000000000000000-00000000"}
    wanted = {**shard, "ShardIteratorType": "LATEST"}
    assert refusal(streams.get_shard_iterator, **wanted)[0] == "ResourceNotFoundException"
    assert refusal(streams.get_records, ShardIterator="nonsense|1|x")[0] == "ValidationException"
