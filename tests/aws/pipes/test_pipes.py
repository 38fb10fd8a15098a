"""Pipes: made, shown, changed, listed, tagged, and refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from queues import Queue, refusal
from serein.testing import ServerProcess
from tests.aws.pipes.conftest import ROLE, Pipes
from tests.conftest import Aws

ACCOUNT = "arn:aws:{}:us-east-1:123456789012:{}"
QUEUE, STREAM = ACCOUNT.format("sqs", "q"), ACCOUNT.format("kinesis", "stream/s")


def test_a_pipe_is_shown_with_what_it_was_made_with_and_defaults(pipes: Pipes, source: Queue, target: Queue) -> None:
    members = {
        "Description": "text",
        "TargetParameters": {"InputTemplate": "<$.body>"},
        "KmsKeyIdentifier": "alias/key",
        "Tags": {"k": "v"},
    }
    made = pipes.client.create_pipe(Name="pipe", Source=source.arn, Target=target.arn, RoleArn=ROLE, **members)
    assert (made["Name"], made["DesiredState"], made["CurrentState"]) == ("pipe", "RUNNING", "CREATING")
    shown = pipes.client.describe_pipe(Name="pipe")
    assert {name: shown[name] for name in members} == members
    assert (shown["Arn"], shown["CurrentState"], shown["DesiredState"]) == (made["Arn"], "RUNNING", "RUNNING")
    assert (shown["Source"], shown["Target"], shown["RoleArn"]) == (source.arn, target.arn, ROLE)
    assert shown["CreationTime"] == shown["LastModifiedTime"] == made["CreationTime"]
    assert shown["SourceParameters"] == {"SqsQueueParameters": {"BatchSize": 10, "MaximumBatchingWindowInSeconds": 0}}
    code, message = refusal(pipes.client.create_pipe, Name="pipe", Source=source.arn, Target=target.arn, RoleArn=ROLE)
    assert (code, message) == ("ConflictException", "Pipe pipe already exists.")


def test_an_update_changes_what_it_names_and_replaces_what_is_particular(
    aws: Any, pipes: Pipes, source: Queue, target: Queue
) -> None:
    criteria = {"Filters": [{"Pattern": '{"body": ["x"]}'}]}
    own = {"SqsQueueParameters": {"BatchSize": 3, "MaximumBatchingWindowInSeconds": 4}}
    pipes.make(
        source.arn,
        target.arn,
        Description="before",
        SourceParameters={**own, "FilterCriteria": criteria},
        TargetParameters={"InputTemplate": "<$.body>"},
    )
    changed = pipes.client.update_pipe(
        Name="pipe", RoleArn=ROLE, SourceParameters={"SqsQueueParameters": {"BatchSize": 2}}
    )
    assert changed["CurrentState"] == "UPDATING"
    shown = pipes.client.describe_pipe(Name="pipe")
    assert shown["Description"] == "before"
    assert shown["SourceParameters"] == {
        "SqsQueueParameters": {"BatchSize": 2, "MaximumBatchingWindowInSeconds": 0},
        "FilterCriteria": criteria,
    }
    other = Queue(aws, "elsewhere")
    pipes.client.update_pipe(
        Name="pipe",
        RoleArn=ROLE,
        Target=other.arn,
        Description="",
        SourceParameters={"FilterCriteria": {"Filters": []}},
        TargetParameters={"InputTemplate": ""},
    )
    shown = pipes.client.describe_pipe(Name="pipe")
    assert "Description" not in shown
    assert "FilterCriteria" not in shown["SourceParameters"]
    assert not shown.get("TargetParameters")
    source.send("y")
    aws.idle()
    (record,) = other.bodies()
    assert record["body"] == "y"
    pipes.client.update_pipe(Name="pipe", RoleArn=ROLE, DesiredState="STOPPED")
    assert pipes.client.describe_pipe(Name="pipe")["CurrentState"] == "STOPPED"


def test_a_pipe_whose_source_is_not_there_fails_with_the_reason_and_can_be_put_right(
    aws: Any, pipes: Pipes, target: Queue
) -> None:
    arn = f"arn:aws:sqs:{aws.region}:{aws.account}:later"
    pipes.client.create_pipe(Name="pipe", Source=arn, Target=target.arn, RoleArn=ROLE)
    shown = pipes.client.describe_pipe(Name="pipe")
    assert shown["CurrentState"] == "CREATE_FAILED"
    assert "NonExistentQueue" in shown["StateReason"]
    pipes.client.start_pipe(Name="pipe")
    assert pipes.client.describe_pipe(Name="pipe")["CurrentState"] == "START_FAILED"
    Queue(aws, "later").send("x")
    pipes.client.start_pipe(Name="pipe")
    shown = pipes.client.describe_pipe(Name="pipe")
    assert shown["CurrentState"] == "RUNNING"
    assert "StateReason" not in shown
    aws.idle()
    assert len(target.bodies()) == 1


def test_pipes_are_listed_by_name_in_pages_and_by_filters(aws: Any, pipes: Pipes, source: Queue) -> None:
    targets = {name: Queue(aws, f"to-{name}") for name in ("a1", "a2", "b1")}
    for name, queue in targets.items():
        pipes.make(source.arn, queue.arn, name, DesiredState="STOPPED" if name == "a2" else "RUNNING")
    client = pipes.client

    def names(**wanted: Any) -> list[str]:
        return [pipe["Name"] for pipe in client.list_pipes(**wanted)["Pipes"]]

    assert names() == ["a1", "a2", "b1"]
    assert names(NamePrefix="a") == ["a1", "a2"]
    assert names(CurrentState="STOPPED") == names(DesiredState="STOPPED") == ["a2"]
    assert names(TargetPrefix=targets["b1"].arn) == ["b1"]
    assert names(SourcePrefix="arn:aws:kinesis") == []
    pages = list(client.get_paginator("list_pipes").paginate(PaginationConfig={"PageSize": 2}))
    assert [[pipe["Name"] for pipe in page["Pipes"]] for page in pages] == [["a1", "a2"], ["b1"]]
    (first, *_) = client.list_pipes()["Pipes"]
    assert {
        "Arn",
        "CreationTime",
        "CurrentState",
        "DesiredState",
        "LastModifiedTime",
        "Source",
        "Target",
    } <= first.keys()
    assert refusal(client.list_pipes, NextToken="x")[0] == "ValidationException"


def test_pipes_have_tags(pipes: Pipes, source: Queue, target: Queue) -> None:
    client, arn = pipes.client, pipes.make(source.arn, target.arn, Tags={"a": "1"})
    client.tag_resource(resourceArn=arn, tags={"a": "2", "b": "3"})
    assert client.list_tags_for_resource(resourceArn=arn)["tags"] == {"a": "2", "b": "3"}
    client.untag_resource(resourceArn=arn, tagKeys=["a"])
    assert client.describe_pipe(Name="pipe")["Tags"] == {"b": "3"}
    assert refusal(client.tag_resource, resourceArn=arn, tags={"aws:x": "1"})[0] == "ValidationException"
    many = {f"k{n}": "v" for n in range(50)}
    assert refusal(client.tag_resource, resourceArn=arn, tags=many)[0] == "ValidationException"
    gone = arn.replace("pipe/pipe", "pipe/gone")
    for operation, members in (
        (client.tag_resource, {"tags": {"a": "b"}}),
        (client.untag_resource, {"tagKeys": ["a"]}),
        (client.list_tags_for_resource, {}),
    ):
        assert refusal(operation, resourceArn=gone, **members)[0] == "NotFoundException"


def test_a_pipe_that_is_not_there_is_not_found(pipes: Pipes) -> None:
    client = pipes.client
    for operation in (client.describe_pipe, client.delete_pipe, client.start_pipe, client.stop_pipe):
        assert refusal(operation, Name="gone") == ("NotFoundException", "Pipe gone does not exist.")
    assert refusal(client.update_pipe, Name="gone", RoleArn=ROLE)[0] == "NotFoundException"


def test_a_deleted_pipe_is_gone(pipes: Pipes, source: Queue, target: Queue) -> None:
    pipes.make(source.arn, target.arn)
    gone = pipes.client.delete_pipe(Name="pipe")
    assert (gone["CurrentState"], gone["DesiredState"]) == ("DELETING", "DELETED")
    assert pipes.client.list_pipes()["Pipes"] == []
    pipes.make(source.arn, target.arn)


@pytest.mark.parametrize(
    ("members", "part"),
    [
        ({"SourceParameters": {"KinesisStreamParameters": {"StartingPosition": "LATEST"}}}, "KinesisStreamParameters"),
        ({"SourceParameters": {"SqsQueueParameters": {"BatchSize": 11}}}, "BatchSize must be at most 10"),
        ({"SourceParameters": {"FilterCriteria": {"Filters": [{"Pattern": "{"}]}}}, "Filters[0].Pattern"),
        ({"Source": STREAM}, '"SourceParameters.KinesisStreamParameters","Message":"Missing required parameter."'),
        ({"Source": STREAM.replace("us-east-1", "us-west-2")}, "region"),
        ({"Source": ACCOUNT.format("sns", "t")}, '"Name":"Source"'),
        ({"TargetParameters": {"KinesisStreamParameters": {"PartitionKey": "k"}}}, "KinesisStreamParameters"),
        ({"TargetParameters": {"InputTemplate": "<aws.pipes.none>"}}, "<aws.pipes.none>"),
        ({"EnrichmentParameters": {"InputTemplate": "x"}}, "Enrichment"),
        ({"Enrichment": ACCOUNT.format("sqs", "x")}, "not a supported enrichment"),
        ({"Tags": {"aws:x": "y"}}, "aws:x"),
        ({"LogConfiguration": {"Level": "INFO"}}, "log destination"),
    ],
)
def test_what_is_wrong_is_refused(pipes: Pipes, members: dict[str, Any], part: str) -> None:
    request = {"Name": "x", "Source": QUEUE, "Target": QUEUE, "RoleArn": ROLE, **members}
    code, message = refusal(pipes.client.create_pipe, **request)
    assert code == "ValidationException"
    assert part in message


@pytest.mark.parametrize(
    ("own", "part"),
    [
        ({"MaximumRecordAgeInSeconds": 30}, "must be either -1 (forever) or between 60 and 604800 (inclusive)"),
        (
            {"MaximumRecordAgeInSeconds": 60, "MaximumBatchingWindowInSeconds": 60},
            "MaximumBatchingWindowInSeconds must be less than MaximumRecordAgeInSeconds.",
        ),
        ({"StartingPosition": "AT_TIMESTAMP"}, "StartingPositionTimestamp"),
        ({"StartingPositionTimestamp": 1.0}, "StartingPositionTimestamp"),
        ({"DeadLetterConfig": {"Arn": ACCOUNT.format("s3", "b")}}, "DeadLetterConfig"),
    ],
)
def test_what_is_wrong_of_a_stream_is_refused(pipes: Pipes, own: dict[str, Any], part: str) -> None:
    parameters = {"KinesisStreamParameters": {"StartingPosition": "LATEST", **own}}
    code, message = refusal(
        pipes.client.create_pipe, Name="x", Source=STREAM, Target=QUEUE, RoleArn=ROLE, SourceParameters=parameters
    )
    assert code == "ValidationException"
    assert part in message


@pytest.mark.parametrize(
    ("own", "queue"),
    [
        ({"BatchSize": 11}, "q"),
        ({"BatchSize": 11, "MaximumBatchingWindowInSeconds": 1}, "q.fifo"),
        ({"MaximumBatchingWindowInSeconds": 1}, "q.fifo"),
    ],
)
def test_batches_of_queues_have_limits(pipes: Pipes, own: dict[str, Any], queue: str) -> None:
    code, message = refusal(
        pipes.client.create_pipe,
        Name="x",
        Source=ACCOUNT.format("sqs", queue),
        Target=ACCOUNT.format("lambda", "function:f"),
        RoleArn=ROLE,
        SourceParameters={"SqsQueueParameters": own},
    )
    assert code == "ValidationException"
    assert "SqsQueueParameters" in message


@pytest.mark.parametrize(
    ("members", "name"),
    [
        ({"Source": ACCOUNT.format("kafka", "cluster/c/1")}, "Amazon MSK"),
        ({"Source": ACCOUNT.format("mq", "broker:b:1")}, "Amazon MQ"),
        ({"Source": "smk://broker.example.com:9092"}, "self-managed Apache Kafka"),
        (
            {
                "LogConfiguration": {
                    "Level": "INFO",
                    "S3LogDestination": {"BucketName": "bucket", "BucketOwner": "123456789012"},
                }
            },
            "S3LogDestination",
        ),
        (
            {
                "LogConfiguration": {
                    "Level": "INFO",
                    "FirehoseLogDestination": {"DeliveryStreamArn": ACCOUNT.format("firehose", "deliverystream/d")},
                }
            },
            "FirehoseLogDestination",
        ),
    ],
)
def test_what_is_not_here_is_refused_by_name(pipes: Pipes, members: dict[str, Any], name: str) -> None:
    request = {"Name": "x", "Source": QUEUE, "Target": QUEUE, "RoleArn": ROLE, **members}
    code, message = refusal(pipes.client.create_pipe, **request)
    assert code == "NotImplemented"
    assert name in message


def test_names_and_numbers_are_checked_by_the_model(pipes: Pipes) -> None:
    request = {"Source": QUEUE, "Target": QUEUE, "RoleArn": ROLE}
    assert refusal(pipes.client.create_pipe, Name="a b", **request)[0] == "ValidationException"
    request["RoleArn"] = "no role"
    assert refusal(pipes.client.create_pipe, Name="a", **request)[0] == "ValidationException"


@pytest.fixture
def gradual(tmp_path: Path) -> Iterator[Aws]:
    server = ServerProcess(tmp_path, {"clock": "virtual", "lifecycle": "realistic"})
    yield Aws(server.endpoint)
    server.stop()


def test_states_take_time_where_that_is_wanted(gradual: Aws) -> None:
    source, target = Queue(gradual, "in"), Queue(gradual, "out")
    client = gradual.client("pipes")

    def state() -> str:
        return str(client.describe_pipe(Name="pipe")["CurrentState"])

    client.create_pipe(Name="pipe", Source=source.arn, Target=target.arn, RoleArn=ROLE)
    source.send("x")
    gradual.idle()
    assert state() == "CREATING"
    assert target.bodies() == []
    code, message = refusal(client.stop_pipe, Name="pipe")
    assert (code, message) == ("ConflictException", "Pipe pipe is in state CREATING.")
    gradual.advance(60)
    assert state() == "RUNNING"
    assert len(target.bodies()) == 1
    for act, passing, resting in (
        (client.stop_pipe, "STOPPING", "STOPPED"),
        (client.start_pipe, "STARTING", "RUNNING"),
    ):
        act(Name="pipe")
        assert state() == passing
        gradual.advance(60)
        assert state() == resting
    client.update_pipe(Name="pipe", RoleArn=ROLE, Description="x")
    assert state() == "UPDATING"
    gradual.advance(60)
    client.delete_pipe(Name="pipe")
    assert state() == "DELETING"
    gradual.advance(60)
    assert refusal(client.describe_pipe, Name="pipe")[0] == "NotFoundException"
