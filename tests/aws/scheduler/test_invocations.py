"""What schedules invoke, and when."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

from queues import Queue
from tests.aws.scheduler.conftest import OFF, ROLE, target

TIME = "<aws.scheduler.scheduled-time>"
HOUR, WEEK = 3600, 7 * 86_400
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


def now(aws: Any) -> datetime:
    return datetime.fromtimestamp(aws.clock.now(), UTC)


def at(due: datetime) -> str:
    return f"at({due:%Y-%m-%dT%H:%M:%S})"


def times(queue: Queue) -> list[datetime]:
    return sorted(moment(body) for body in queue.bodies())


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


class Diary:
    """A table in which each invocation writes its time."""

    def __init__(self, aws: Any) -> None:
        self._dynamodb = aws.client("dynamodb")
        self._dynamodb.create_table(
            TableName="diary",
            KeySchema=[{"AttributeName": "name", "KeyType": "HASH"}, {"AttributeName": "time", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("name", "time")],
            BillingMode="PAY_PER_REQUEST",
        )

    def target(self, name: str) -> dict[str, Any]:
        item = {"name": {"S": name}, "time": {"S": TIME}, "attempt": {"N": "<aws.scheduler.attempt-number>"}}
        request = {"TableName": "diary", "Item": item, "ConditionExpression": "attribute_not_exists(#n)"}
        request["ExpressionAttributeNames"] = {"#n": "name"}
        return {"Arn": "arn:aws:scheduler:::aws-sdk:dynamodb:putItem", "RoleArn": ROLE, "Input": json.dumps(request)}

    def entries(self, name: str) -> list[datetime]:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName="diary",
            KeyConditionExpression="#n = :n",
            ExpressionAttributeNames={"#n": "name"},
            ExpressionAttributeValues={":n": {"S": name}},
        )
        return [moment(item["time"]["S"]) for page in pages for item in page["Items"]]


def test_a_week_has_exactly_the_due_invocations(aws: Any, scheduler: Any) -> None:
    start = now(aws).replace(microsecond=0)
    diary = Diary(aws)
    for name, expression in {"daily": "cron(30 6 * * ? *)", "mondays": "cron(0 9 ? * MON *)"}.items():
        scheduler.create_schedule(
            Name=name, ScheduleExpression=expression, FlexibleTimeWindow=OFF, Target=diary.target(name)
        )
    aws.advance(WEEK)
    days = [start.replace(hour=0, minute=0, second=0) + timedelta(days=number) for number in range(9)]
    end = start + timedelta(seconds=WEEK)
    daily = [day.replace(hour=6, minute=30) for day in days]
    assert diary.entries("daily") == [due for due in daily if start < due <= end]
    mondays = [day.replace(hour=9) for day in days if day.weekday() == 0]
    assert diary.entries("mondays") == [due for due in mondays if start < due <= end]


def test_a_rate_begins_at_once_and_a_start_date_holds_it_back(aws: Any, scheduler: Any, queue: Queue) -> None:
    begin = now(aws)
    later = Queue(aws, "later")
    rate = {"ScheduleExpression": "rate(5 minutes)", "FlexibleTimeWindow": OFF}
    end = begin + timedelta(minutes=40, seconds=1)
    scheduler.create_schedule(Name="at-once", **rate, EndDate=end, Target=target(queue, f'"{TIME}"'))
    start = (begin + timedelta(minutes=12)).replace(microsecond=0)
    scheduler.create_schedule(Name="later", **rate, StartDate=start, EndDate=end, Target=target(later, f'"{TIME}"'))
    aws.idle()
    assert len(queue.messages()) == 1
    aws.advance(HOUR)
    found = times(queue)
    assert [round((entry - begin).total_seconds() / 60) for entry in found] == [5, 10, 15, 20, 25, 30, 35, 40]
    assert times(later) == [start + timedelta(minutes=5 * number) for number in range(6)]


def test_a_schedule_of_a_time_zone_keeps_its_local_time_when_clocks_change(aws: Any, scheduler: Any) -> None:
    diary = Diary(aws)
    scheduler.create_schedule(
        Name="noon",
        ScheduleExpression="cron(0 12 ? * SUN *)",
        ScheduleExpressionTimezone="Europe/Berlin",
        FlexibleTimeWindow=OFF,
        Target=diary.target("noon"),
    )
    aws.advance(52 * WEEK)
    found = diary.entries("noon")
    assert len(found) == 52
    assert {entry.hour for entry in found} == {10, 11}, "noon is 11 UTC in winter and 10 in summer"


def test_a_schedule_that_is_complete_goes_if_it_wants_to(aws: Any, scheduler: Any, queue: Queue) -> None:
    soon = at(now(aws) + timedelta(minutes=5))
    for name, action in {"gone": "DELETE", "kept": "NONE"}.items():
        scheduler.create_schedule(
            Name=name,
            ScheduleExpression=soon,
            FlexibleTimeWindow=OFF,
            ActionAfterCompletion=action,
            Target=target(queue, "done"),
        )
    scheduler.create_schedule(
        Name="past", ScheduleExpression="at(2001-01-01T00:00:00)", FlexibleTimeWindow=OFF, Target=target(queue, "no")
    )
    scheduler.create_schedule(
        Name="off", ScheduleExpression=soon, State="DISABLED", FlexibleTimeWindow=OFF, Target=target(queue, "no")
    )
    aws.advance(HOUR)
    assert [message["Body"] for message in queue.messages()] == ["done", "done"]
    assert [one["Name"] for one in scheduler.list_schedules()["Schedules"]] == ["kept", "off", "past"]


def test_a_flexible_window_spreads_invocations(aws: Any, scheduler: Any, queue: Queue) -> None:
    begin = aws.clock.now()
    window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 60}
    for number in range(20):
        scheduler.create_schedule(
            Name=f"s{number}",
            ScheduleExpression=at(now(aws) + timedelta(hours=1)),
            FlexibleTimeWindow=window,
            Target=target(queue, "x"),
        )
    aws.advance(HOUR - 60)
    assert queue.messages() == []
    aws.advance(HOUR + 120)
    sent = [int(message["Attributes"]["SentTimestamp"]) / 1000 - begin for message in queue.messages()]
    assert len(sent) == 20
    assert len({round(moment) for moment in sent}) > 10
    assert all(HOUR - 2 <= moment <= 2 * HOUR + 2 for moment in sent)


def test_every_templated_target_is_reached(aws: Any, scheduler: Any, queue: Queue) -> None:
    aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)
    package = io.BytesIO()
    code = (
        "import json, os, boto3\n"
        "def handler(event, context):\n"
        "    boto3.client('sqs').send_message(QueueUrl=os.environ['QUEUE'], MessageBody=json.dumps(event))\n"
    )
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", code)
    function = aws.client("lambda").create_function(
        FunctionName="f",
        Runtime="python3.11",
        Handler="app.handler",
        Role=f"arn:aws:iam::{aws.account}:role/r",
        Code={"ZipFile": package.getvalue()},
        Environment={"Variables": {"QUEUE": queue.url}},
        Timeout=30,
    )["FunctionArn"]
    fifo = Queue(aws, "in-order.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    topic = aws.client("sns").create_topic(Name="t")["TopicArn"]
    told = Queue(aws, "told")
    aws.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=told.arn, Attributes={"RawMessageDelivery": "true"}
    )
    kinesis = aws.client("kinesis")
    kinesis.create_stream(StreamName="s", ShardCount=1)
    stream = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
    due = (now(aws) + timedelta(minutes=1)).replace(microsecond=0)
    targets = {
        "function": {"Arn": function},
        "fifo": {"Arn": fifo.arn, "Input": "ordered", "SqsParameters": {"MessageGroupId": "g"}},
        "topic": {"Arn": topic, "Input": "news"},
        "stream": {"Arn": stream, "Input": "record", "KinesisParameters": {"PartitionKey": "k"}},
    }
    for name, members in targets.items():
        scheduler.create_schedule(
            Name=name, ScheduleExpression=at(due), FlexibleTimeWindow=OFF, Target={"RoleArn": ROLE, **members}
        )
    aws.advance(120)
    (event,) = queue.bodies()
    assert event.pop("id")
    assert event == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.scheduler",
        "account": aws.account,
        "time": f"{due:%Y-%m-%dT%H:%M:%SZ}",
        "region": "us-east-1",
        "resources": [f"arn:aws:scheduler:us-east-1:{aws.account}:schedule/default/function"],
        "detail": "{}",
    }
    (ordered,) = fifo.messages()
    assert (ordered["Body"], ordered["Attributes"]["MessageGroupId"]) == ("ordered", "g")
    assert [message["Body"] for message in told.messages()] == ["news"]
    shards = kinesis.list_shards(StreamName="s")["Shards"]
    iterator = kinesis.get_shard_iterator(
        StreamName="s", ShardId=shards[0]["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    (record,) = kinesis.get_records(ShardIterator=iterator)["Records"]
    assert (record["Data"], record["PartitionKey"]) == (b"record", "k")


def test_any_operation_of_any_service_can_be_a_target(aws: Any, scheduler: Any, queue: Queue) -> None:
    table = aws.client("dynamodb")
    table.create_table(
        TableName="things",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    actions = {
        "sqs:sendMessage": {"QueueUrl": queue.url, "MessageBody": "<aws.scheduler.attempt-number> " + TIME},
        "dynamodb:putItem": {"TableName": "things", "Item": {"pk": {"S": "<aws.scheduler.schedule-arn>"}}},
        "s3:putObject": {"Bucket": aws.unique("b"), "Key": "k", "Body": "text"},
        "secretsmanager:createSecret": {"name": "s", "secretString": "x"},
    }
    bucket = actions["s3:putObject"]["Bucket"]
    aws.client("s3").create_bucket(Bucket=bucket)
    due = now(aws) + timedelta(minutes=1)
    for number, (action, request) in enumerate(actions.items()):
        scheduler.create_schedule(
            Name=f"u{number}",
            ScheduleExpression=at(due),
            FlexibleTimeWindow=OFF,
            Target={"Arn": f"arn:aws:scheduler:::aws-sdk:{action}", "RoleArn": ROLE, "Input": json.dumps(request)},
        )
    aws.advance(120)
    (message,) = queue.messages()
    assert message["Body"] == f"1 {due:%Y-%m-%dT%H:%M:%SZ}"
    (item,) = table.scan(TableName="things")["Items"]
    assert item["pk"]["S"] == f"arn:aws:scheduler:us-east-1:{aws.account}:schedule/default/u1"
    assert aws.client("s3").get_object(Bucket=bucket, Key="k")["Body"].read() == b"text"
    assert aws.client("secretsmanager").get_secret_value(SecretId="s")["SecretString"] == "x"


def test_what_cannot_be_invoked_ends_in_the_dead_letter_queue(aws: Any, scheduler: Any, queue: Queue) -> None:
    due = (now(aws) + timedelta(minutes=1)).replace(microsecond=0)
    lost = f"arn:aws:sqs:us-east-1:{aws.account}:lost"
    arn = scheduler.create_schedule(
        Name="x",
        ScheduleExpression=at(due),
        FlexibleTimeWindow=OFF,
        ActionAfterCompletion="DELETE",
        Target={"Arn": lost, "RoleArn": ROLE, "Input": "a text", "DeadLetterConfig": {"Arn": queue.arn}},
    )["ScheduleArn"]
    aws.advance(120)
    (letter,) = queue.messages()
    assert letter["Body"] == "a text"
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert attributes.pop("EXECUTION_ID")
    assert attributes.pop("ERROR_MESSAGE")
    assert attributes == {
        "ERROR_CODE": "QueueDoesNotExist",
        "IS_PAYLOAD_TRUNCATED": "false",
        "RETRY_ATTEMPTS": "0",
        "SCHEDULED_TIME": f"{due:%Y-%m-%dT%H:%M:%SZ}",
        "SCHEDULE_ARN": arn,
        "TARGET_ARN": lost,
    }
    assert scheduler.list_schedules()["Schedules"] == []


def test_a_throttled_target_is_tried_again_as_the_policy_says(aws: Any, scheduler: Any, queue: Queue) -> None:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): return None")
    aws.client("lambda").create_function(
        FunctionName="f",
        Runtime="python3.11",
        Handler="app.handler",
        Role=f"arn:aws:iam::{aws.account}:role/r",
        Code={"ZipFile": package.getvalue()},
    )
    aws.client("lambda").put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    scheduler.create_schedule(
        Name="x",
        ScheduleExpression=at(now(aws) + timedelta(minutes=1)),
        FlexibleTimeWindow=OFF,
        Target={
            "Arn": "arn:aws:scheduler:::aws-sdk:lambda:invoke",
            "RoleArn": ROLE,
            "Input": json.dumps({"FunctionName": "f", "Payload": '{"a": 1}'}),
            "RetryPolicy": {"MaximumRetryAttempts": 3},
            "DeadLetterConfig": {"Arn": queue.arn},
        },
    )
    aws.advance(HOUR)
    (letter,) = queue.messages()
    attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert (attributes["ERROR_CODE"], attributes["RETRY_ATTEMPTS"], attributes["EXHAUSTED_RETRY_CONDITION"]) == (
        "TooManyRequestsException",
        "3",
        "MaximumRetryAttempts",
    )
