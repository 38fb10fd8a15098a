"""What puts records into delivery streams: data streams, topics, rules, schedules, pipes, APIs."""

import hashlib
import json
import urllib.request

import pytest

from aws.firehose.conftest import ROLE, Firehose, processing

SOON = {"BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0}}


@pytest.fixture
def stream(firehose: Firehose) -> str:
    """The ARN of a delivery stream that delivers at once, a line for each record."""
    return firehose.make(**SOON, ProcessingConfiguration=processing(("AppendDelimiterToRecord", {})))


def lines(firehose: Firehose) -> list[bytes]:
    return [line for content in firehose.objects().values() for line in content.splitlines()]


def aggregated(*records: bytes) -> bytes:
    """A record as the Kinesis Producer Library makes it of several."""

    def field(number: int, content: bytes) -> bytes:
        return bytes([number << 3 | 2, len(content)]) + content

    message = field(1, b"key") + b"".join(field(3, b"\x08\x00" + field(3, record)) for record in records)
    return b"\xf3\x89\x9a\xc2" + message + hashlib.md5(message).digest()


def test_a_data_stream_is_read_from_now_on(firehose: Firehose) -> None:
    kinesis = firehose.aws.client("kinesis")
    kinesis.create_stream(StreamName="source", ShardCount=2)
    arn = kinesis.describe_stream_summary(StreamName="source")["StreamDescriptionSummary"]["StreamARN"]
    kinesis.put_record(StreamName="source", PartitionKey="k", Data=b"before")
    firehose.make(source=arn, **SOON, ProcessingConfiguration=processing(("AppendDelimiterToRecord", {})))
    shown = firehose.described()["Source"]["KinesisStreamSourceDescription"]
    assert (shown["KinesisStreamARN"], shown["RoleARN"]) == (arn, ROLE)
    for data in (b"1", b"2", aggregated(b"3", b"4")):
        kinesis.put_record(StreamName="source", PartitionKey=data.hex(), Data=data)
    assert sorted(lines(firehose)) == [b"1", b"2", b"3", b"4"]
    with pytest.raises(firehose.client.exceptions.InvalidArgumentException, match="not permitted on KinesisStream"):
        firehose.put(b"x")
    assert firehose.aws.client("lambda").list_event_source_mappings()["EventSourceMappings"] == []
    firehose.client.delete_delivery_stream(DeliveryStreamName="s")
    kinesis.put_record(StreamName="source", PartitionKey="k", Data=b"after")
    assert b"after" not in lines(firehose)


def test_functions_see_where_records_of_a_data_stream_are_from(firehose: Firehose) -> None:
    kinesis = firehose.aws.client("kinesis")
    kinesis.create_stream(StreamName="source", ShardCount=1)
    arn = kinesis.describe_stream_summary(StreamName="source")["StreamDescriptionSummary"]["StreamARN"]
    code = """
seen = json.dumps([event["sourceKinesisStreamArn"], event["records"][0]["kinesisRecordMetadata"]])
return {"records": [{"recordId": event["records"][0]["recordId"], "result": "Ok",
                     "data": base64.b64encode(seen.encode()).decode()}]}
"""
    function = firehose.function("f", code)
    step = ("Lambda", {"LambdaArn": function, "BufferIntervalInSeconds": "0"})
    firehose.make(source=arn, **SOON, ProcessingConfiguration=processing(step))
    put = kinesis.put_record(StreamName="source", PartitionKey="key", Data=b"x")
    (content,) = firehose.objects().values()
    seen, metadata = json.loads(content)
    assert seen == arn
    assert (metadata["sequenceNumber"], metadata["shardId"]) == (put["SequenceNumber"], put["ShardId"])
    assert (metadata["partitionKey"], metadata["subsequenceNumber"]) == ("key", 0)


def test_a_topic_delivers_to_a_delivery_stream(firehose: Firehose, stream: str) -> None:
    sns = firehose.aws.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    for raw in ("true", "false"):
        attributes = {"SubscriptionRoleArn": ROLE, "RawMessageDelivery": raw}
        arn = stream if raw == "true" else firehose.make("wrapped", **SOON, Prefix="wrapped/")
        sns.subscribe(TopicArn=topic, Protocol="firehose", Endpoint=arn, Attributes=attributes)
    sns.publish(TopicArn=topic, Message="hello")
    found = firehose.objects()
    raw_content, wrapped = sorted(found.values(), key=len)
    assert raw_content == b"hello\n\n"
    message = json.loads(wrapped)
    assert (message["Type"], message["Message"], message["TopicArn"]) == ("Notification", "hello", topic)


def test_a_subscription_of_a_delivery_stream_needs_a_role_and_its_arn(firehose: Firehose, stream: str) -> None:
    sns = firehose.aws.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    with pytest.raises(sns.exceptions.InvalidParameterException, match="SubscriptionRoleArn"):
        sns.subscribe(TopicArn=topic, Protocol="firehose", Endpoint=stream)
    with pytest.raises(sns.exceptions.InvalidParameterException, match="firehose"):
        sns.subscribe(
            TopicArn=topic,
            Protocol="firehose",
            Endpoint="arn:aws:sqs:us-east-1:123456789012:q",
            Attributes={"SubscriptionRoleArn": ROLE},
        )


def test_a_rule_a_schedule_and_a_pipe_put_records(firehose: Firehose, stream: str) -> None:
    aws = firehose.aws
    events, scheduler, sqs = aws.client("events"), aws.client("scheduler"), aws.client("sqs")
    events.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": stream, "RoleArn": ROLE, "InputPath": "$.detail"}])
    events.put_events(Entries=[{"Source": "shop", "DetailType": "t", "Detail": '{"by": "rule"}'}])
    scheduler.create_schedule(
        Name="s",
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": stream, "RoleArn": ROLE, "Input": '{"by": "schedule"}'},
    )
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    aws.client("pipes").create_pipe(
        Name="p",
        Source=f"arn:aws:sqs:us-east-1:{aws.account}:q",
        Target=stream,
        RoleArn=ROLE,
        TargetParameters={"InputTemplate": '{"by": <$.body>}'},
    )
    sqs.send_message(QueueUrl=queue, MessageBody="pipe")
    aws.advance(60)
    assert {json.loads(line)["by"] for line in lines(firehose)} == {"rule", "schedule", "pipe"}


def test_an_api_puts_records_and_writes_its_access_log(firehose: Firehose, stream: str) -> None:
    aws = firehose.aws
    rest = aws.client("apigateway")
    api = rest.create_rest_api(name="a")["id"]
    root = rest.get_resources(restApiId=api)["items"][0]["id"]
    rest.put_method(restApiId=api, resourceId=root, httpMethod="POST", authorizationType="NONE")
    template = '{"DeliveryStreamName": "s", "Record": {"Data": "$util.base64Encode($input.body)"}}'
    rest.put_integration(
        restApiId=api,
        resourceId=root,
        httpMethod="POST",
        type="AWS",
        integrationHttpMethod="POST",
        uri="arn:aws:apigateway:us-east-1:firehose:action/PutRecord",
        credentials=ROLE,
        requestTemplates={"application/json": template},
    )
    rest.put_method_response(restApiId=api, resourceId=root, httpMethod="POST", statusCode="200")
    rest.put_integration_response(restApiId=api, resourceId=root, httpMethod="POST", statusCode="200")
    rest.create_deployment(restApiId=api, stageName="v1")
    firehose.client.create_delivery_stream(
        DeliveryStreamName="amazon-apigateway-log",
        ExtendedS3DestinationConfiguration=firehose.configuration(**SOON, Prefix="log/"),
    )
    log = f"arn:aws:firehose:us-east-1:{aws.account}:deliverystream/amazon-apigateway-log"
    rest.update_stage(
        restApiId=api,
        stageName="v1",
        patchOperations=[
            {"op": "replace", "path": "/accessLogSettings/destinationArn", "value": log},
            {"op": "replace", "path": "/accessLogSettings/format", "value": "$context.httpMethod"},
        ],
    )
    asked = urllib.request.Request(
        f"{aws.endpoint}/_serein/api/{api}/v1/", b'{"by": "api"}', {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(asked) as reply:
        assert reply.status == 200 and "RecordId" in json.load(reply)
    found = firehose.objects()
    assert [content for key, content in found.items() if key.startswith("log/")] == [b"POST\n"]
    assert b'{"by": "api"}\n' in found.values()
