"""Event source mappings of queues: batches, concurrency, throttling, order in groups."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from event_sources import Told

BODIES = """
def handler(event, context):
    tell([record['body'] for record in event['Records']])
"""
FAIL_ONCE = """
def handler(event, context):
    bodies = [record['body'] for record in event['Records']]
    tell(bodies)
    first = all(record['attributes']['ApproximateReceiveCount'] == '1' for record in event['Records'])
    if 'fail' in bodies[0] and first:
        raise ValueError(bodies[0])
"""
COUNT_AT_ONCE = """
def handler(event, context):
    begun = time.time()
    time.sleep(0.2)
    tell([begun, time.time()])
"""
REPORT = """
def handler(event, context):
    tell([record['body'] for record in event['Records']])
    return json.loads(event['Records'][0]['body'])
"""


@pytest.fixture
def told(aws: Any, create: Callable[..., Any]) -> Told:
    return Told(aws, create)


class Queue:
    """A queue that `f` is fed from."""

    def __init__(self, aws: Any) -> None:
        self._sqs = aws.client("sqs")
        self._functions = aws.client("lambda")
        self._account = aws.account
        self.url = self.arn = ""

    def create(self, name: str = "q", **attributes: str) -> "Queue":
        self.url = self._sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        self.arn = f"arn:aws:sqs:us-east-1:{self._account}:{name}"
        return self

    def send(self, *bodies: str, **entry: Any) -> None:
        for start in range(0, len(bodies), 10):
            entries = [
                {"Id": str(n), "MessageBody": body, **entry} for n, body in enumerate(bodies[start : start + 10])
            ]
            self._sqs.send_message_batch(QueueUrl=self.url, Entries=entries)

    def feed(self, **settings: Any) -> str:
        mapping: str = self._functions.create_event_source_mapping(
            **{"EventSourceArn": self.arn, "FunctionName": "f", **settings}
        )["UUID"]
        return mapping

    @property
    def depth(self) -> tuple[int, int]:
        """How many messages are visible, and how many aren't."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return int(attributes[names[0]]), int(attributes[names[1]])


@pytest.fixture
def queue(aws: Any) -> Queue:
    return Queue(aws)


def test_a_window_gathers_a_large_batch(aws: Any, told: Told, queue: Queue) -> None:
    told.function(BODIES)
    queue.create()
    bodies = [f"m{n}" for n in range(150)]
    queue.send(*bodies)
    queue.feed(BatchSize=100, MaximumBatchingWindowInSeconds=20)
    (full,) = told.events()
    assert len(full) == 100
    aws.advance(21)
    (rest,) = told.events()
    assert sorted(full + rest) == sorted(bodies)
    assert queue.depth == (0, 0)


def test_batches_are_no_larger_than_an_event_may_be(aws: Any, told: Told, queue: Queue) -> None:
    told.function("def handler(event, context):\n    tell(len(event['Records']))\n", MemorySize=512)
    queue.create()
    for _ in range(10):
        queue.send("x" * 900_000)
    queue.feed(BatchSize=10, Enabled=True)
    events = told.events()
    assert sum(events) == 10
    assert max(events) == 6
    assert queue.depth == (0, 0)


def test_a_failed_group_is_tried_again_before_what_follows(aws: Any, told: Told, queue: Queue) -> None:
    told.function(FAIL_ONCE)
    queue.create("q.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    queue.send("a1", "a2-fail", "a3", "a4", MessageGroupId="a")
    queue.send("b1", "b2", MessageGroupId="b")
    queue.feed(BatchSize=1)
    aws.idle()
    assert sorted(told.events()) == [["a1"], ["a2-fail"], ["b1"], ["b2"]]
    aws.advance(31)
    assert told.events() == [["a2-fail"], ["a3"], ["a4"]]
    assert queue.depth == (0, 0)


def test_groups_are_told_side_by_side_and_each_in_order(aws: Any, told: Told, queue: Queue) -> None:
    told.function(f"import time\n{COUNT_AT_ONCE}")
    queue.create("q.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    for group in "ab":
        queue.send(f"{group}1", f"{group}2", MessageGroupId=group)
    queue.feed(BatchSize=1)
    spans = told.events()
    assert len(spans) == 4
    most = max(sum(begun <= start < ended for begun, ended in spans) for start, _ in spans)
    assert most == 2


def test_a_throttled_batch_is_tried_again_until_its_messages_are_visible(
    aws: Any, functions: Any, told: Told, queue: Queue
) -> None:
    told.function(BODIES)
    functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    queue.create(VisibilityTimeout="60")
    queue.send("m")
    queue.feed()
    assert told.events() == []
    aws.advance(5)
    functions.delete_function_concurrency(FunctionName="f")
    aws.advance(20)
    assert told.events() == [["m"]]
    assert queue.depth == (0, 0)


def test_a_batch_that_stays_throttled_goes_to_the_dead_letter_queue(
    aws: Any, functions: Any, told: Told, queue: Queue
) -> None:
    told.function(BODIES)
    functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    dead = Queue(aws).create("dead")
    policy = {"deadLetterTargetArn": dead.arn, "maxReceiveCount": 2}
    queue.create(RedrivePolicy=json.dumps(policy))
    queue.send("m")
    queue.feed()
    aws.idle()
    aws.advance(31)
    aws.advance(31)
    assert queue.depth == (0, 0)
    assert dead.depth == (1, 0)
    assert told.events() == []


@pytest.mark.parametrize(
    ("reply", "is_done"),
    [
        ({"batchItemFailures": []}, True),
        ({"batchItemFailures": None}, True),
        ({}, True),
        (None, True),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, False),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, False),
        ({"batchItemFailures": [{"wrong": "x"}]}, False),
        ({"batchItemFailures": [{"itemIdentifier": "unknown"}]}, False),
        ("text", False),
    ],
    ids=str,
)
def test_replies_that_report_failures_are_read_as_on_aws(
    aws: Any, told: Told, queue: Queue, reply: Any, is_done: bool
) -> None:
    told.function(REPORT)
    queue.create()
    queue.send(json.dumps(reply), "other")
    queue.feed(FunctionResponseTypes=["ReportBatchItemFailures"])
    aws.idle()
    assert queue.depth == ((0, 0) if is_done else (0, 2))


def test_no_more_batches_are_under_way_than_the_mapping_says(aws: Any, told: Told, queue: Queue) -> None:
    told.function(f"import time\n{COUNT_AT_ONCE}")
    queue.create()
    queue.send(*[f"m{n}" for n in range(6)])
    queue.feed(BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    spans = told.events()
    assert len(spans) == 6
    most = max(sum(begun <= start < ended for begun, ended in spans) for start, _ in spans)
    assert most == 2


def test_a_slow_function_holds_up_no_other_mapping(aws: Any, told: Told, queue: Queue) -> None:
    told.function("import time\ndef handler(event, context):\n    time.sleep(1)\n    tell('slow')\n", name="slow")
    told.function("def handler(event, context):\n    tell(event['Records'][0]['body'])\n", name="quick")
    slow = Queue(aws).create("slow")
    slow.send("s")
    slow.feed(FunctionName="slow")
    queue.create()
    queue.send(*"abc")
    queue.feed(FunctionName="quick", BatchSize=1)
    assert sorted(told.events()[:3]) == ["a", "b", "c"]


def test_messages_in_hand_are_delivered_when_a_mapping_changes(
    aws: Any, functions: Any, told: Told, queue: Queue
) -> None:
    told.function(BODIES)
    queue.create()
    mapping = queue.feed(BatchSize=100, MaximumBatchingWindowInSeconds=100)
    aws.idle()
    queue.send("a", "b")
    assert told.events() == []
    functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    (event,) = told.events()
    assert sorted(event) == ["a", "b"]
    assert queue.depth == (0, 0)
    queue.send("c")
    assert told.events() == []
    assert queue.depth == (1, 0)


def test_a_queue_that_is_made_again_is_read_again(aws: Any, told: Told, queue: Queue) -> None:
    told.function(BODIES)
    queue.create()
    mapping = queue.feed()
    aws.idle()
    aws.client("sqs").delete_queue(QueueUrl=queue.url)
    aws.idle()
    assert aws.client("lambda").get_event_source_mapping(UUID=mapping)["State"] == "Enabled"
    aws.advance(61)
    queue.create()
    queue.send("again")
    aws.advance(61)
    assert told.events() == [["again"]]


@pytest.mark.parametrize(
    ("pattern", "chosen"),
    [
        ({"body": ["text"]}, ["text"]),
        ({"body": {"kind": [{"exists": True}]}}, ['{"kind": 1}', '{"kind": "x"}']),
        ({"body": {"$or": [{"kind": [1]}, {"kind": [{"prefix": "x"}]}]}}, ['{"kind": 1}', '{"kind": "x"}']),
        ({"body": {"kind": [{"anything-but": {"wildcard": ["x*"]}}]}}, ['{"kind": 1}']),
        ({"body": [{"wildcard": "t*t"}]}, ["text"]),
        ({"messageAttributes": {"colour": {"stringValue": ["red"]}}}, []),
        ({"eventSource": ["aws:sqs"]}, ["[1]", "text", '{"kind": 1}', '{"kind": "x"}']),
    ],
    ids=str,
)
def test_messages_are_filtered_and_the_others_deleted(
    aws: Any, told: Told, queue: Queue, pattern: Any, chosen: list[str]
) -> None:
    told.function(BODIES)
    queue.create()
    queue.feed(FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]})
    queue.send("text", "[1]", '{"kind": 1}', '{"kind": "x"}')
    assert sorted(body for event in told.events() for body in event) == sorted(chosen)
    assert queue.depth == (0, 0)


LOOP = """
def handler(event, context):
    tell(event['Records'][0]['attributes'].get('AWSTraceHeader', ''))
    arn = event['Records'][0]['eventSourceARN'].split(':')
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=arn[-1])['QueueUrl'], MessageBody='again')
"""


def test_a_function_that_feeds_itself_is_stopped(aws: Any, told: Told, queue: Queue) -> None:
    told.function(LOOP)
    dead = Queue(aws).create("dead")
    queue.create(RedrivePolicy=json.dumps({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 1}))
    queue.send("first")
    queue.feed()
    aws.idle()
    aws.advance(31)
    assert len(told.events()) == 16
    assert queue.depth == (0, 0)
    assert dead.depth == (1, 0)
