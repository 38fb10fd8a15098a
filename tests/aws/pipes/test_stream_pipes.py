"""Pipes from data streams and tables' streams."""

import base64
import json
from typing import Any

from queues import Queue
from tests.aws.pipes.conftest import ROLE, Pipes


def make_stream(aws: Any, name: str = "stream") -> str:
    aws.client("kinesis").create_stream(StreamName=name, ShardCount=1)
    aws.idle()
    return f"arn:aws:kinesis:{aws.region}:{aws.account}:stream/{name}"


def put(aws: Any, *values: Any, name: str = "stream", key: str = "k") -> None:
    records = [
        {"Data": value if isinstance(value, bytes) else json.dumps(value).encode(), "PartitionKey": key}
        for value in values
    ]
    aws.client("kinesis").put_records(StreamName=name, Records=records)


def make_table(aws: Any) -> str:
    created = aws.client("dynamodb").create_table(
        TableName="items",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    return str(created["TableDescription"]["LatestStreamArn"])


def kinesis(**members: Any) -> dict[str, Any]:
    return {"KinesisStreamParameters": {"StartingPosition": "TRIM_HORIZON", **members}}


def table(**members: Any) -> dict[str, Any]:
    return {"DynamoDBStreamParameters": {"StartingPosition": "TRIM_HORIZON", **members}}


def template(text: str) -> dict[str, Any]:
    return {"InputTemplate": text}


def test_records_of_a_data_stream_have_their_members_at_the_top(aws: Any, pipes: Pipes, target: Queue) -> None:
    stream = make_stream(aws)
    put(aws, {"n": 1})
    pipes.make(stream, target.arn, SourceParameters=kinesis())
    aws.idle()
    (record,) = target.bodies()
    assert json.loads(base64.b64decode(record.pop("data"))) == {"n": 1}
    assert record.pop("eventID").endswith(record.pop("sequenceNumber"))
    assert record.pop("approximateArrivalTimestamp") > 0
    assert record == {
        "kinesisSchemaVersion": "1.0",
        "partitionKey": "k",
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": ROLE,
        "awsRegion": aws.region,
        "eventSourceARN": stream,
    }


def test_filters_and_templates_see_into_the_data(aws: Any, pipes: Pipes, target: Queue) -> None:
    stream = make_stream(aws)
    criteria = {"Filters": [{"Pattern": '{"data": {"n": [{"numeric": [">", 1]}]}}'}]}
    parameters = {**kinesis(BatchSize=10), "FilterCriteria": criteria}
    pipes.make(stream, target.arn, SourceParameters=parameters, TargetParameters=template('{"n": <$.data.n>}'))
    put(aws, {"n": 1}, {"n": 2}, b"\xff", {"n": 3})
    aws.idle()
    assert sorted(each["n"] for each in target.bodies()) == [2, 3]


def test_a_pipe_from_the_latest_position_begins_where_it_was_made(aws: Any, pipes: Pipes, target: Queue) -> None:
    stream = make_stream(aws)
    put(aws, {"n": 1})
    pipes.make(
        stream,
        target.arn,
        SourceParameters=kinesis(StartingPosition="LATEST"),
        TargetParameters=template("<$.data.n>"),
    )
    put(aws, {"n": 2})
    aws.idle()
    assert target.texts() == ["2"]


def test_a_pipe_can_begin_at_a_time(aws: Any, pipes: Pipes, target: Queue) -> None:
    stream = make_stream(aws)
    put(aws, {"n": 1})
    aws.advance(60)
    moment = aws.clock.now() - 10
    put(aws, {"n": 2})
    parameters = kinesis(StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=moment)
    pipes.make(stream, target.arn, SourceParameters=parameters, TargetParameters=template("<$.data.n>"))
    aws.idle()
    assert target.texts() == ["2"]


def test_changes_of_a_table_reach_the_target_in_order(aws: Any, pipes: Pipes) -> None:
    stream = make_table(aws)
    fifo = Queue(aws, "changes.fifo", FifoQueue="true")
    parameters = {"MessageGroupId": "$.dynamodb.Keys.pk.S", "MessageDeduplicationId": "$.eventID"}
    pipes.make(
        stream,
        fifo.arn,
        SourceParameters=table(BatchSize=10, ParallelizationFactor=2),
        TargetParameters={
            **template('{"what": <$.eventName>, "v": <$.dynamodb.NewImage.v.N>}'),
            "SqsQueueParameters": parameters,
        },
    )
    items = aws.resource("dynamodb").Table("items")
    for v in range(15):
        items.put_item(Item={"pk": f"p{v % 3}", "v": v})
    aws.idle()
    messages = fifo.messages()
    assert len(messages) == 15
    for n in range(3):
        mine = [json.loads(m["Body"]) for m in messages if m["Attributes"]["MessageGroupId"] == f"p{n}"]
        assert [int(each["v"]) for each in mine] == list(range(n, 15, 3))
        assert [each["what"] for each in mine] == ["INSERT"] + ["MODIFY"] * 4


def test_a_poisoned_record_is_bisected_out_retried_and_told_of(aws: Any, pipes: Pipes, target: Queue) -> None:
    stream, letters = make_stream(aws), Queue(aws, "letters")
    code = "assert not any(json.loads(base64.b64decode(r['data'])) == 'bad' for r in event)\nreturn event"
    arn = pipes.make(
        stream,
        target.arn,
        SourceParameters=kinesis(
            BatchSize=8,
            MaximumBatchingWindowInSeconds=5,
            MaximumRetryAttempts=1,
            OnPartialBatchItemFailure="AUTOMATIC_BISECT",
            DeadLetterConfig={"Arn": letters.arn},
        ),
        Enrichment=pipes.function("picky", code),
        TargetParameters=template("<$.data>"),
    )
    put(aws, "a", "b", "bad", "c")
    aws.idle()
    aws.advance(120)
    assert target.texts() == ["a", "b", "c"]
    (letter,) = letters.bodies()
    assert letter["context"] == {"partnerResourceArn": arn, "condition": "RetryAttemptsExhausted"}
    assert letter["KinesisBatchInfo"]["batchSize"] == 1
    assert letter["KinesisBatchInfo"]["streamArn"] == stream


def test_records_from_the_first_reported_failure_on_are_tried_again(aws: Any, pipes: Pipes) -> None:
    stream, letters, seen = make_table(aws), Queue(aws, "letters"), Queue(aws, "seen")
    code = f"""
keys = [r['dynamodb']['Keys']['pk']['S'] for r in event]
boto3.client('sqs').send_message(QueueUrl='{seen.url}', MessageBody=json.dumps(keys))
return {{'batchItemFailures': [{{'itemIdentifier': r['eventID']}} for r, key in zip(event, keys) if key == 'bad']}}
"""
    items = aws.resource("dynamodb").Table("items")
    for key in ("one", "bad", "two"):
        items.put_item(Item={"pk": key})
    pipes.make(
        stream,
        pipes.function("reports", code),
        SourceParameters=table(BatchSize=10, MaximumRetryAttempts=1, DeadLetterConfig={"Arn": letters.arn}),
    )
    aws.idle()
    aws.advance(120)
    assert seen.bodies() == [["one", "bad", "two"], ["bad", "two"]]
    (letter,) = letters.bodies()
    assert letter["DDBStreamBatchInfo"]["batchSize"] == 2


def test_records_that_are_too_old_are_given_up(aws: Any, pipes: Pipes) -> None:
    stream, letters = make_stream(aws), Queue(aws, "letters")
    pipes.make(
        stream,
        pipes.function("fails", "raise ValueError('no')"),
        SourceParameters=kinesis(MaximumRecordAgeInSeconds=60, DeadLetterConfig={"Arn": letters.arn}),
    )
    put(aws, "old")
    aws.idle()
    aws.advance(300)
    (letter,) = letters.bodies()
    assert letter["context"]["condition"] == "RecordAgeExceeded"


def test_a_stopped_pipe_goes_on_where_it_was(aws: Any, pipes: Pipes, target: Queue) -> None:
    stream = make_stream(aws)
    pipes.make(
        stream,
        target.arn,
        SourceParameters=kinesis(StartingPosition="LATEST"),
        TargetParameters=template("<$.data.n>"),
    )
    put(aws, {"n": 1})
    aws.idle()
    pipes.client.stop_pipe(Name="pipe")
    aws.idle()
    put(aws, {"n": 2})
    aws.idle()
    assert target.texts() == ["1"]
    pipes.client.start_pipe(Name="pipe")
    aws.idle()
    assert target.texts() == ["2"]
