"""Kinesis streaming destinations: their life cycle, and the records that data streams get."""

import json
from typing import Any

import pytest

from aws.dynamodb.conftest import make_table, refusal

KEY = {"pk": {"S": "a"}}
NOT_DISABLED = (
    "Table is not in a valid state to enable Kinesis Streaming Destination: EnableKinesisStreamingDestination must be "
    "DISABLED or ENABLE_FAILED to perform ENABLE operation."
)
NOT_ACTIVE = (
    "Table is not in a valid state to enable Kinesis Streaming Destination: KinesisStreamingDestination must be ACTIVE "
    "to perform DISABLE operation."
)


@pytest.fixture
def kinesis(aws: Any) -> Any:
    return aws.client("kinesis")


def data_stream(aws: Any, kinesis: Any, name: str) -> str:
    kinesis.create_stream(StreamName=name, ShardCount=1)
    aws.idle()
    return str(kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"])


def changes(aws: Any, kinesis: Any, arn: str) -> list[tuple[str, Any]]:
    """Partition keys and documents of a data stream's records."""
    aws.idle()
    (shard,) = kinesis.list_shards(StreamARN=arn)["Shards"]
    wanted = {"StreamARN": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
    iterator = kinesis.get_shard_iterator(**wanted)["ShardIterator"]
    found = kinesis.get_records(ShardIterator=iterator)["Records"]
    return [(record["PartitionKey"], json.loads(record["Data"])) for record in found]


def destinations(dynamodb: Any, name: str) -> dict[str, tuple[str, str]]:
    described = dynamodb.describe_kinesis_streaming_destination(TableName=name)
    return {
        one["StreamArn"]: (one["DestinationStatus"], one["ApproximateCreationDateTimePrecision"])
        for one in described["KinesisDataStreamDestinations"]
    }


def test_changes_reach_the_data_stream_in_the_form_that_aws_gives_them(aws: Any, dynamodb: Any, kinesis: Any) -> None:
    make_table(dynamodb, "told")
    arn = data_stream(aws, kinesis, "told")
    dynamodb.put_item(TableName="told", Item={"pk": {"S": "before"}})
    reply = dynamodb.enable_kinesis_streaming_destination(TableName="told", StreamArn=arn)
    assert (reply["TableName"], reply["StreamArn"], reply["DestinationStatus"]) == ("told", arn, "ENABLING")
    assert "EnableKinesisStreamingConfiguration" not in reply
    assert destinations(dynamodb, "told") == {arn: ("ACTIVE", "MILLISECOND")}
    dynamodb.put_item(TableName="told", Item={**KEY, "v": {"N": "1"}})
    dynamodb.put_item(TableName="told", Item={**KEY, "v": {"N": "1"}})
    dynamodb.put_item(TableName="told", Item={**KEY, "v": {"B": b"\x01"}})
    dynamodb.delete_item(TableName="told", Key=KEY)
    found = {document["eventName"]: (key, document) for key, document in changes(aws, kinesis, arn)}
    assert len(changes(aws, kinesis, arn)) == len(found) == 3
    assert len({key for key, _ in found.values()}) == 1
    insert, modify, remove = (found[name][1] for name in ("INSERT", "MODIFY", "REMOVE"))
    made_at = insert["dynamodb"].pop("ApproximateCreationDateTime")
    assert abs(made_at / 1000 - aws.clock.now()) < 3600
    assert insert.pop("eventID") != modify["eventID"]
    assert insert == {
        "awsRegion": "us-east-1",
        "eventName": "INSERT",
        "userIdentity": None,
        "recordFormat": "application/json",
        "tableName": "told",
        "dynamodb": {
            "Keys": KEY,
            "NewImage": {**KEY, "v": {"N": "1"}},
            "SizeBytes": 9,
            "ApproximateCreationDateTimePrecision": "MILLISECOND",
        },
        "eventSource": "aws:dynamodb",
    }
    assert modify["dynamodb"]["OldImage"] == insert["dynamodb"]["NewImage"]
    assert modify["dynamodb"]["NewImage"] == remove["dynamodb"]["OldImage"] == {**KEY, "v": {"B": "AQ=="}}
    assert "NewImage" not in remove["dynamodb"]


def test_deletions_by_time_to_live_say_whose_they_are(aws: Any, dynamodb: Any, kinesis: Any) -> None:
    make_table(dynamodb, "expiring")
    arn = data_stream(aws, kinesis, "expiring")
    wanted = {"Enabled": True, "AttributeName": "until"}
    dynamodb.update_time_to_live(TableName="expiring", TimeToLiveSpecification=wanted)
    dynamodb.enable_kinesis_streaming_destination(TableName="expiring", StreamArn=arn)
    item = {**KEY, "until": {"N": str(int(aws.clock.now()) + 60)}}
    dynamodb.put_item(TableName="expiring", Item=item)
    aws.advance(120)
    found = {document["eventName"]: document for _, document in changes(aws, kinesis, arn)}
    assert found["INSERT"]["userIdentity"] is None
    assert found["REMOVE"]["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def test_the_precision_of_times_is_chosen_and_changed(aws: Any, dynamodb: Any, kinesis: Any) -> None:
    make_table(dynamodb, "exact")
    arn = data_stream(aws, kinesis, "exact")
    both = {"TableName": "exact", "StreamArn": arn}
    exact = {"ApproximateCreationDateTimePrecision": "MICROSECOND"}
    reply = dynamodb.enable_kinesis_streaming_destination(**both, EnableKinesisStreamingConfiguration=exact)
    assert reply["EnableKinesisStreamingConfiguration"] == exact
    assert destinations(dynamodb, "exact") == {arn: ("ACTIVE", "MICROSECOND")}
    dynamodb.put_item(TableName="exact", Item={"pk": {"S": "exact"}})
    coarse = {"ApproximateCreationDateTimePrecision": "MILLISECOND"}
    reply = dynamodb.update_kinesis_streaming_destination(**both, UpdateKinesisStreamingConfiguration=coarse)
    assert reply["DestinationStatus"] == "UPDATING"
    assert reply["UpdateKinesisStreamingConfiguration"] == coarse
    assert destinations(dynamodb, "exact") == {arn: ("ACTIVE", "MILLISECOND")}
    dynamodb.put_item(TableName="exact", Item={"pk": {"S": "coarse"}})
    times = {
        document["dynamodb"]["Keys"]["pk"]["S"]: document["dynamodb"]["ApproximateCreationDateTime"]
        for _, document in changes(aws, kinesis, arn)
    }
    assert times["exact"] > 500 * times["coarse"]
    update = dynamodb.update_kinesis_streaming_destination
    code, message = refusal(update, **both, UpdateKinesisStreamingConfiguration=coarse)
    assert code == "ValidationException"
    assert message.startswith("Invalid Request: Precision is already set to the desired value of MILLISECOND")
    assert refusal(update, **both) == (
        "ValidationException",
        "Streaming destination cannot be updated with given parameters: UpdateKinesisStreamingConfiguration cannot be "
        "null or contain only null values",
    )
    wrong = {"ApproximateCreationDateTimePrecision": "SECOND"}
    assert refusal(update, **both, UpdateKinesisStreamingConfiguration=wrong)[0] == "ValidationException"


def test_a_destination_is_disabled_and_enabled_again(aws: Any, dynamodb: Any, kinesis: Any) -> None:
    make_table(dynamodb, "switched")
    arn = data_stream(aws, kinesis, "switched")
    both = {"TableName": "switched", "StreamArn": arn}
    enable, disable = dynamodb.enable_kinesis_streaming_destination, dynamodb.disable_kinesis_streaming_destination
    assert refusal(disable, **both) == ("ValidationException", NOT_ACTIVE)
    enable(**both)
    assert refusal(enable, **both) == ("ValidationException", NOT_DISABLED)
    assert disable(**both)["DestinationStatus"] == "DISABLING"
    assert destinations(dynamodb, "switched")[arn][0] == "DISABLED"
    assert refusal(disable, **both) == ("ValidationException", NOT_ACTIVE)
    dynamodb.put_item(TableName="switched", Item=KEY)
    assert changes(aws, kinesis, arn) == []
    enable(**both)
    dynamodb.delete_item(TableName="switched", Key=KEY)
    assert [document["eventName"] for _, document in changes(aws, kinesis, arn)] == ["REMOVE"]


def test_a_table_has_at_most_two_destinations(aws: Any, dynamodb: Any, kinesis: Any) -> None:
    make_table(dynamodb, "wide")
    arns = [data_stream(aws, kinesis, f"wide{at}") for at in range(3)]
    enable = dynamodb.enable_kinesis_streaming_destination
    for arn in arns[:2]:
        enable(TableName="wide", StreamArn=arn)
    assert refusal(enable, TableName="wide", StreamArn=arns[2])[0] == "LimitExceededException"
    dynamodb.put_item(TableName="wide", Item=KEY)
    assert [len(changes(aws, kinesis, arn)) for arn in arns] == [1, 1, 0]
    dynamodb.disable_kinesis_streaming_destination(TableName="wide", StreamArn=arns[0])
    enable(TableName="wide", StreamArn=arns[2])


def test_what_is_no_table_or_data_stream_is_refused(aws: Any, dynamodb: Any, kinesis: Any) -> None:
    make_table(dynamodb, "alone")
    arn = f"arn:aws:kinesis:us-east-1:{aws.account}:stream/missing"
    enable = dynamodb.enable_kinesis_streaming_destination
    missing = ("ResourceNotFoundException", "Requested resource not found: Table: nowhere not found")
    for call in (enable, dynamodb.disable_kinesis_streaming_destination):
        assert refusal(call, TableName="nowhere", StreamArn=arn) == missing
    assert refusal(dynamodb.describe_kinesis_streaming_destination, TableName="nowhere") == missing
    assert refusal(enable, TableName="alone", StreamArn=arn) == (
        "ValidationException",
        "User does not have a permission to use kinesis stream",
    )
    assert refusal(enable, TableName="alone", StreamArn=arn.replace("kinesis", "firehose"))[0] == "ValidationException"
    assert refusal(enable, TableName="alone", StreamArn=arn.replace("us-east-1", "eu-west-1"))[0] == (
        "ValidationException"
    )
    code, message = refusal(enable, TableName="alone", StreamArn="short")
    assert (code, "'streamArn' failed to satisfy constraint" in message) == ("ValidationException", True)
    precise = {"ApproximateCreationDateTimePrecision": "MICROSECOND"}
    update = dynamodb.update_kinesis_streaming_destination
    assert refusal(update, TableName="alone", StreamArn=arn, UpdateKinesisStreamingConfiguration=precise) == (
        "ValidationException",
        "Table is not in a valid state to enable Kinesis Streaming Destination: No streaming destination with "
        f"streamArn: {arn} found for table with tableName: alone",
    )
    assert destinations(dynamodb, "alone") == {}
