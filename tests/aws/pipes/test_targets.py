"""What pipes do with each kind of target."""

import json
from typing import Any

import pytest

from queues import Queue, refusal
from tests.aws.pipes.conftest import ROLE, Pipes

BODY = {"InputTemplate": "<$.body>"}


def test_a_function_gets_an_array_of_records(aws: Any, pipes: Pipes, source: Queue, target: Queue) -> None:
    code = f"boto3.client('sqs').send_message(QueueUrl='{target.url}', MessageBody=json.dumps(event))"
    arn = pipes.function("takes", code)
    pipes.make(
        source.arn, arn, TargetParameters={**BODY, "LambdaFunctionParameters": {"InvocationType": "REQUEST_RESPONSE"}}
    )
    source.send({"n": 1})
    aws.idle()
    assert target.bodies() == [[{"n": 1}]]


def test_a_function_that_is_not_waited_for_may_fail(aws: Any, pipes: Pipes, source: Queue, target: Queue) -> None:
    code = f"boto3.client('sqs').send_message(QueueUrl='{target.url}', MessageBody='ran')\nraise ValueError('no')"
    arn = pipes.function("fails", code)
    pipes.make(source.arn, arn, TargetParameters={"LambdaFunctionParameters": {"InvocationType": "FIRE_AND_FORGET"}})
    source.send("x")
    aws.idle()
    assert target.texts() == ["ran"]
    assert source.depth() == 0


def test_a_transformed_event_that_is_no_json_is_kept_from_a_function(aws: Any, pipes: Pipes) -> None:
    letters = Queue(aws, "letters")
    redrive = json.dumps({"deadLetterTargetArn": letters.arn, "maxReceiveCount": 1})
    source = Queue(aws, "some", RedrivePolicy=redrive, VisibilityTimeout="5")
    pipes.make(source.arn, pipes.function("takes", "return None"), TargetParameters={"InputTemplate": '{"n": <$.body>'})
    source.send("1")
    aws.idle()
    aws.advance(30)
    assert letters.texts() == ["1"]


def test_a_topic_gets_each_event(aws: Any, pipes: Pipes, source: Queue, target: Queue) -> None:
    sns = aws.client("sns")
    topic = sns.create_topic(Name="topic")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=target.arn, Attributes={"RawMessageDelivery": "true"})
    pipes.make(source.arn, topic, TargetParameters=BODY)
    source.send("a", "b")
    aws.idle()
    assert target.texts() == ["a", "b"]
    fifo = sns.create_topic(Name="topic.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    code, _ = refusal(pipes.client.create_pipe, Name="x", Source=source.arn, Target=fifo, RoleArn=ROLE)
    assert code == "ValidationException"


def test_a_data_stream_gets_each_event_under_its_key(aws: Any, pipes: Pipes, source: Queue) -> None:
    kinesis = aws.client("kinesis")
    kinesis.create_stream(StreamName="out", ShardCount=1)
    aws.idle()
    arn = f"arn:aws:kinesis:{aws.region}:{aws.account}:stream/out"
    code, message = refusal(pipes.client.create_pipe, Name="x", Source=source.arn, Target=arn, RoleArn=ROLE)
    assert code == "ValidationException"
    assert "TargetParameters.KinesisStreamParameters.PartitionKey" in message
    parameters = {**BODY, "KinesisStreamParameters": {"PartitionKey": "$.body.key"}}
    pipes.make(source.arn, arn, TargetParameters=parameters)
    source.send({"key": "k1"})
    aws.idle()
    shard = kinesis.list_shards(StreamName="out")["Shards"][0]["ShardId"]
    place = kinesis.get_shard_iterator(StreamName="out", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    (record,) = kinesis.get_records(ShardIterator=place["ShardIterator"])["Records"]
    assert (record["PartitionKey"], json.loads(record["Data"])) == ("k1", {"key": "k1"})


def test_a_bus_gets_events_with_defaults_or_what_parameters_say(
    aws: Any, pipes: Pipes, source: Queue, target: Queue
) -> None:
    events = aws.client("events")
    bus = events.create_event_bus(Name="bus")["EventBusArn"]
    events.put_rule(Name="all", EventBusName="bus", EventPattern=json.dumps({"account": [aws.account]}))
    events.put_targets(Rule="all", EventBusName="bus", Targets=[{"Id": "1", "Arn": target.arn}])
    other = Queue(aws, "other")
    pipes.make(source.arn, bus, "plain", TargetParameters=BODY)
    own = {
        "Source": "my.$",
        "DetailType": "$.body.type",
        "Resources": ["$.eventSourceARN"],
        "Time": "$.body.time",
    }
    pipes.make(other.arn, bus, "told", TargetParameters={**BODY, "EventBridgeEventBusParameters": own})
    source.send({"n": 1})
    other.send({"type": "Order", "time": 1_600_000_000_000})
    aws.idle()
    first, second = sorted(target.bodies(), key=lambda event: str(event["source"]))
    assert (first["source"], first["detail-type"], first["detail"]) == ("Pipe plain", "Event from aws:sqs", {"n": 1})
    assert (second["source"], second["detail-type"]) == ("my.$", "Order")
    assert (second["resources"], second["time"]) == ([other.arn], "2020-09-13T12:26:40Z")


def test_a_log_group_gets_lines(aws: Any, pipes: Pipes, source: Queue) -> None:
    logs = aws.client("logs")
    logs.create_log_group(logGroupName="lines")
    arn = f"arn:aws:logs:{aws.region}:{aws.account}:log-group:lines"
    moment = int(aws.clock.now() * 1000) - 5000
    own = {"LogStreamName": "$.body.stream", "Timestamp": "$.body.at"}
    pipes.make(source.arn, arn, TargetParameters={**BODY, "CloudWatchLogsParameters": own})
    body = {"stream": "s1", "at": moment}
    source.send(body)
    aws.idle()
    (line,) = logs.get_log_events(logGroupName="lines", logStreamName="s1")["events"]
    assert (json.loads(line["message"]), line["timestamp"]) == (body, moment)


def test_an_execution_is_logged_step_by_step_as_far_as_its_level_goes(
    aws: Any, pipes: Pipes, source: Queue, target: Queue
) -> None:
    group = f"arn:aws:logs:{aws.region}:{aws.account}:log-group:/aws/vendedlogs/pipes/p"
    destination = {"CloudwatchLogsLogDestination": {"LogGroupArn": group}}
    fails = pipes.function("fails", "raise ValueError('no')")
    sources = {level: Queue(aws, level, VisibilityTimeout="30") for level in ("TRACE", "INFO", "ERROR", "OFF")}
    for level, queue in sources.items():
        settings = {"Level": level, **destination, "IncludeExecutionData": ["ALL"]}
        pipes.make(queue.arn, target.arn, level, LogConfiguration=settings, TargetParameters=BODY)
        queue.send("x")
    failing = Queue(aws, "failing", VisibilityTimeout="30")
    pipes.make(failing.arn, target.arn, "failing", Enrichment=fails, LogConfiguration={"Level": "ERROR", **destination})
    failing.send("x")
    aws.idle()

    def records(name: str) -> list[dict[str, Any]]:
        logs = aws.client("logs")
        found = logs.filter_log_events(logGroupName="/aws/vendedlogs/pipes/p")["events"]
        return [json.loads(each["message"]) for each in found if each["logStreamName"] == name]

    assert [record["messageType"] for record in records("TRACE")] == [
        "EXECUTION_STARTED",
        "TARGET_STAGE_ENTERED",
        "TARGET_TRANSFORMATION_STARTED",
        "TARGET_TRANSFORMATION_SUCCEEDED",
        "TARGET_INVOCATION_STARTED",
        "TARGET_INVOCATION_SUCCEEDED",
        "TARGET_STAGE_SUCCEEDED",
        "EXECUTION_SUCCEEDED",
    ]
    info = records("INFO")
    assert [record["messageType"] for record in info] == [
        "EXECUTION_STARTED",
        "TARGET_STAGE_ENTERED",
        "TARGET_STAGE_SUCCEEDED",
        "EXECUTION_SUCCEEDED",
    ]
    assert json.loads(info[0]["payload"])[0]["body"] == "x"
    assert (records("ERROR"), records("OFF")) == ([], [])
    failed = records("failing")
    assert [record["messageType"] for record in failed] == [
        "ENRICHMENT_INVOCATION_FAILED",
        "ENRICHMENT_STAGE_FAILED",
        "EXECUTION_FAILED",
    ]
    assert "ValueError" in failed[0]["error"]["message"]
    assert "payload" not in failed[0]


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:ecs:us-east-1:123456789012:cluster/c", "ecs"),
        ("arn:aws:batch:us-east-1:123456789012:job-queue/q", "batch"),
        ("arn:aws:redshift:us-east-1:123456789012:cluster:c", "redshift"),
        ("arn:aws:sagemaker:us-east-1:123456789012:pipeline/p", "sagemaker"),
        ("arn:aws:timestream:us-east-1:123456789012:database/d/table/t", "timestream"),
    ],
)
def test_targets_that_are_not_here_are_refused_by_name(pipes: Pipes, arn: str, name: str) -> None:
    queue = "arn:aws:sqs:us-east-1:123456789012:q"
    code, message = refusal(pipes.client.create_pipe, Name="x", Source=queue, Target=arn, RoleArn=ROLE)
    assert code == "NotImplemented"
    assert name in message
