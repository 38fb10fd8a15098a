"""Pipes from queues: what reaches a target, and in which form."""

import json
from typing import Any

from queues import Queue
from tests.aws.pipes.conftest import Pipes


def template(text: str) -> dict[str, Any]:
    return {"InputTemplate": text}


def test_a_message_reaches_the_target_as_a_record(aws: Any, pipes: Pipes, source: Queue, target: Queue) -> None:
    pipes.make(source.arn, target.arn)
    source.send("hello")
    aws.idle()
    (record,) = target.bodies()
    assert record["body"] == "hello"
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == source.arn
    assert record["awsRegion"] == aws.region
    assert {"messageId", "receiptHandle", "attributes", "messageAttributes", "md5OfBody"} <= record.keys()
    assert source.depth() == 0


def test_templates_see_into_json_bodies_and_fill_in_reserved_variables(
    aws: Any, pipes: Pipes, source: Queue, target: Queue
) -> None:
    text = (
        '{"id": <$.body.id>, "text": "number <$.body.id> of <$.body.list>", "all": <$.body>,'
        ' "second": <$.body.list[1]>, "pipe": <aws.pipes.pipe-name>, "arns": ["<aws.pipes.pipe-arn>",'
        ' <aws.pipes.source-arn>, "<aws.pipes.target-arn>", "<aws.pipes.enrichment-arn>"],'
        ' "at": <aws.pipes.event.ingestion-time>, "event": <aws.pipes.event.json>, "escaped": <aws.pipes.event>,'
        ' "none": <$.body.none>}'
    )
    arn = pipes.make(source.arn, target.arn, TargetParameters=template(text))
    body = {"id": 'a"b', "list": ["x", 2]}
    source.send(body)
    aws.idle()
    (got,) = target.bodies()
    event, escaped = got.pop("event"), json.loads(got.pop("escaped"))
    assert event["body"] == body
    assert json.loads(escaped["body"]) == body
    assert got.pop("at").endswith("Z")
    assert got == {
        "id": 'a"b',
        "text": 'number a"b of [x,2]',
        "all": body,
        "second": 2,
        "pipe": "pipe",
        "arns": [arn, source.arn, target.arn, ""],
        "none": "",
    }


def test_a_template_can_be_a_path_alone_or_plain_text(aws: Any, pipes: Pipes, source: Queue, target: Queue) -> None:
    texts = {"path": "<$.body>", "text": "got <$.body.n>, <$.body>", "constant": '"Hello"'}
    for name, text in texts.items():
        queue = Queue(aws, name)
        pipes.make(queue.arn, target.arn, name, TargetParameters=template(text))
        queue.send({"n": 1})
    Queue(aws, "path").send("plain")
    aws.idle()
    assert target.texts() == ['"Hello"', "got 1, {n:1}", "plain", '{"n":1}']


def test_what_the_filter_leaves_out_is_gone(aws: Any, pipes: Pipes, source: Queue, target: Queue) -> None:
    criteria = {"Filters": [{"Pattern": '{"body": {"kind": ["good"]}}'}]}
    pipes.make(
        source.arn, target.arn, SourceParameters={"FilterCriteria": criteria}, TargetParameters=template("<$.body.n>")
    )
    source.send({"kind": "good", "n": 1}, {"kind": "bad", "n": 2}, "text", {"kind": "good", "n": 3})
    aws.idle()
    assert target.texts() == ["1", "3"]
    assert source.depth() == 0


def test_groups_of_a_fifo_queue_go_on_in_order_by_parameters_that_are_paths(aws: Any, pipes: Pipes) -> None:
    first = Queue(aws, "first.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    second = Queue(aws, "second.fifo", FifoQueue="true")
    parameters = {"MessageGroupId": "$.body.group", "MessageDeduplicationId": "$.messageId"}
    pipes.make(first.arn, second.arn, TargetParameters={**template("<$.body>"), "SqsQueueParameters": parameters})
    for n in range(12):
        first.send({"group": f"g{n % 2}", "n": n}, MessageGroupId=f"g{n % 2}")
    aws.idle()
    messages = second.messages()
    for group in ("g0", "g1"):
        numbers = [json.loads(m["Body"])["n"] for m in messages if m["Attributes"]["MessageGroupId"] == group]
        assert numbers == list(range(int(group[1]), 12, 2))


def test_an_enrichment_changes_events_and_leaves_some_out(aws: Any, pipes: Pipes, source: Queue, target: Queue) -> None:
    function = pipes.function("double", "return [{'n': each * 2} for each in event if each > 1]")
    pipes.make(
        source.arn,
        target.arn,
        SourceParameters={"SqsQueueParameters": {"BatchSize": 5}},
        Enrichment=function,
        EnrichmentParameters=template("<$.body.n>"),
        TargetParameters=template('{"result": <$.n>, "enrichment": "<aws.pipes.enrichment-arn>"}'),
    )
    source.send({"n": 1}, {"n": 2}, {"n": 3})
    aws.idle()
    got = target.bodies()
    assert sorted(each["result"] for each in got) == [4, 6]
    assert {each["enrichment"] for each in got} == {function}
    assert source.depth() == 0


def test_a_batch_whose_enrichment_fails_comes_back_until_the_queue_gives_it_up(
    aws: Any, pipes: Pipes, target: Queue
) -> None:
    letters = Queue(aws, "letters")
    redrive = json.dumps({"deadLetterTargetArn": letters.arn, "maxReceiveCount": 2})
    failing = Queue(aws, "failing", RedrivePolicy=redrive, VisibilityTimeout="10")
    pipes.make(failing.arn, target.arn, Enrichment=pipes.function("fails", "raise ValueError('no')"))
    failing.send("poison")
    aws.idle()
    aws.advance(60)
    assert letters.texts() == ["poison"]
    assert target.texts() == []


def test_only_messages_that_the_target_reports_come_back(aws: Any, pipes: Pipes, target: Queue) -> None:
    letters = Queue(aws, "letters")
    redrive = json.dumps({"deadLetterTargetArn": letters.arn, "maxReceiveCount": 2})
    some = Queue(aws, "some", RedrivePolicy=redrive, VisibilityTimeout="10")
    code = "return {'batchItemFailures': [{'itemIdentifier': r['messageId']} for r in event if r['body'] == 'bad']}"
    pipes.make(some.arn, pipes.function("some", code), SourceParameters={"SqsQueueParameters": {"BatchSize": 10}})
    some.send("good", "bad", "fine")
    aws.idle()
    assert some.depth() == 1
    aws.advance(60)
    assert letters.texts() == ["bad"]


def test_messages_that_a_target_queue_does_not_take_come_back(aws: Any, pipes: Pipes) -> None:
    letters, target = Queue(aws, "letters"), Queue(aws, "small", MaximumMessageSize="1024")
    redrive = json.dumps({"deadLetterTargetArn": letters.arn, "maxReceiveCount": 1})
    some = Queue(aws, "some", RedrivePolicy=redrive, VisibilityTimeout="10")
    pipes.make(some.arn, target.arn, TargetParameters=template("<$.body>"))
    long = "x" * 1025
    some.send("short", long)
    aws.idle()
    aws.advance(60)
    assert target.texts() == ["short"]
    assert letters.texts() == [long]


def test_a_stopped_pipe_reads_nothing_and_goes_on_when_started(
    aws: Any, pipes: Pipes, source: Queue, target: Queue
) -> None:
    pipes.make(source.arn, target.arn, DesiredState="STOPPED", TargetParameters=template("<$.body>"))
    source.send("one")
    aws.idle()
    assert target.texts() == []
    assert pipes.client.start_pipe(Name="pipe")["CurrentState"] == "STARTING"
    aws.idle()
    assert target.texts() == ["one"]
    assert pipes.client.stop_pipe(Name="pipe")["DesiredState"] == "STOPPED"
    aws.idle()
    source.send("two")
    aws.idle()
    assert target.texts() == []
    pipes.client.start_pipe(Name="pipe")
    aws.idle()
    assert target.texts() == ["two"]


def test_a_deleted_pipe_leaves_messages_alone(aws: Any, pipes: Pipes, source: Queue, target: Queue) -> None:
    pipes.make(source.arn, target.arn)
    pipes.client.delete_pipe(Name="pipe")
    aws.idle()
    source.send("left")
    aws.idle()
    assert source.texts() == ["left"]
    assert target.texts() == []


def test_functions_mappings_do_not_show_pipes(aws: Any, pipes: Pipes, source: Queue, target: Queue) -> None:
    pipes.make(source.arn, target.arn)
    functions = aws.client("lambda")
    assert functions.list_event_source_mappings()["EventSourceMappings"] == []
    assert functions.list_event_source_mappings(EventSourceArn=source.arn)["EventSourceMappings"] == []
