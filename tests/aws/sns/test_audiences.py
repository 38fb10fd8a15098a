"""A topic with many queues: one row for all of them, and yet each queue has its own copy."""

import json
from typing import Any

import pytest

from serein.testing import Serein

QUEUES = 10


@pytest.fixture
def sns(aws: Serein) -> Any:
    return aws.client("sns")


@pytest.fixture
def sqs(aws: Serein) -> Any:
    return aws.client("sqs")


@pytest.fixture
def topic(sns: Any) -> str:
    arn: str = sns.create_topic(Name="news")["TopicArn"]
    return arn


def make_queue(aws: Serein, name: str, **attributes: str) -> tuple[str, str]:
    """A queue's URL and ARN."""
    url = aws.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, f"arn:aws:sqs:{aws.region}:{aws.account}:{name}"


def subscribe_queue(aws: Serein, topic: str, name: str, *, queue: dict[str, str] | None = None, **given: str) -> str:
    """Subscribe a new queue, and return its URL."""
    url, arn = make_queue(aws, name, **(queue or {}))
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=given)
    return url


def subscribe_queues(aws: Serein, topic: str, prefix: str = "queue", **given: str) -> list[str]:
    return [subscribe_queue(aws, topic, f"{prefix}-{number}", **given) for number in range(QUEUES)]


def received(sqs: Any, url: str) -> list[dict[str, Any]]:
    """Everything that a queue holds, deleted from it."""
    everything = {"MessageAttributeNames": ["All"], "MessageSystemAttributeNames": ["All"]}
    found: list[dict[str, Any]] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **everything).get("Messages"):
        found += messages
        entries = [{"Id": str(n), "ReceiptHandle": each["ReceiptHandle"]} for n, each in enumerate(messages)]
        sqs.delete_message_batch(QueueUrl=url, Entries=entries)
    return found


def count(sqs: Any, url: str) -> int:
    asked = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(asked["Attributes"]["ApproximateNumberOfMessages"])


def texts(sqs: Any, url: str) -> list[str]:
    return [json.loads(message["Body"])["Message"] for message in received(sqs, url)]


def test_each_queue_gets_a_copy_of_its_own(aws: Serein, sns: Any, sqs: Any, topic: str) -> None:
    wrapped = subscribe_queues(aws, topic, "wrapped")
    raw = subscribe_queues(aws, topic, "raw", RawMessageDelivery="true")
    picky = subscribe_queue(aws, topic, "picky", FilterPolicy='{"kind": ["b"]}')
    arns = {each["SubscriptionArn"] for each in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]}
    for kind in "ab":
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        sns.publish(TopicArn=topic, Message=f"hello {kind} ü", Subject="s", MessageAttributes=attributes)
        aws.idle()
    assert [count(sqs, url) for url in wrapped + raw + [picky]] == [2] * 2 * QUEUES + [1]
    ids: set[str] = set()
    links: set[str] = set()
    for url in wrapped:
        first, second = received(sqs, url)
        body, later = json.loads(first["Body"]), json.loads(second["Body"])
        assert (body["Message"], later["Message"]) == ("hello a ü", "hello b ü")
        assert body["MessageAttributes"] == {"kind": {"Type": "String", "Value": "a"}}
        assert first["Attributes"]["ApproximateReceiveCount"] == "1"
        ids |= {first["MessageId"], second["MessageId"]}
        links.add(body["UnsubscribeURL"].partition("SubscriptionArn=")[2])
    for url in raw:
        first, second = received(sqs, url)
        assert (first["Body"], second["Body"]) == ("hello a ü", "hello b ü")
        assert second["MessageAttributes"]["kind"]["StringValue"] == "b"
        ids |= {first["MessageId"], second["MessageId"]}
    assert texts(sqs, picky) == ["hello b ü"]
    assert len(ids) == 4 * QUEUES
    assert len(links) == QUEUES
    assert links < arns


def test_messages_of_a_topic_and_of_others_come_in_their_order(aws: Serein, sns: Any, sqs: Any, topic: str) -> None:
    url = subscribe_queues(aws, topic, RawMessageDelivery="true")[0]
    for number in range(3):
        sns.publish(TopicArn=topic, Message=f"{number} of the topic")
        aws.idle()
        sqs.send_message(QueueUrl=url, MessageBody=f"{number} alone")
        entries = [{"Id": str(n), "MessageBody": f"{number} in a batch, {n}"} for n in range(2)]
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    found = [message["Body"] for message in received(sqs, url)]
    kinds = ("of the topic", "alone", "in a batch, 0", "in a batch, 1")
    assert found == [f"{number} {kind}" for number in range(3) for kind in kinds]


def test_a_queue_that_is_gone_holds_nobody_up(aws: Serein, sns: Any, sqs: Any, topic: str) -> None:
    letters, letters_arn = make_queue(aws, "letters")
    urls = subscribe_queues(aws, topic, RedrivePolicy=json.dumps({"deadLetterTargetArn": letters_arn}))
    sns.publish(TopicArn=topic, Message="first")
    aws.idle()
    sqs.delete_queue(QueueUrl=urls[3])
    sns.publish(TopicArn=topic, Message="second")
    aws.idle()
    for url in urls[:3] + urls[4:]:
        assert texts(sqs, url) == ["first", "second"]
    assert texts(sqs, letters) == ["second"]


def test_a_purged_queue_has_only_what_comes_later(aws: Serein, sns: Any, sqs: Any, topic: str) -> None:
    urls = subscribe_queues(aws, topic)
    sns.publish(TopicArn=topic, Message="early")
    aws.idle()
    sqs.purge_queue(QueueUrl=urls[0])
    sns.publish(TopicArn=topic, Message="late")
    aws.idle()
    assert texts(sqs, urls[0]) == ["late"]
    assert texts(sqs, urls[1]) == ["early", "late"]


def test_a_queue_with_a_delay_delays(aws: Serein, sns: Any, sqs: Any, topic: str) -> None:
    urls = subscribe_queues(aws, topic)
    slow = subscribe_queue(aws, topic, "slow", queue={"DelaySeconds": "60"})
    sns.publish(TopicArn=topic, Message="to slow and quick ones")
    aws.idle()
    sqs.set_queue_attributes(QueueUrl=urls[0], Attributes={"DelaySeconds": "30"})
    sqs.set_queue_attributes(QueueUrl=slow, Attributes={"DelaySeconds": "0"})
    sns.publish(TopicArn=topic, Message="the other way round")
    aws.idle()
    assert [count(sqs, url) for url in (urls[0], urls[1], slow)] == [1, 2, 1]
    aws.advance(61)
    assert [count(sqs, url) for url in (urls[0], urls[1], slow)] == [2, 2, 2]


def test_a_message_too_long_for_one_queue_reaches_the_others(aws: Serein, sns: Any, sqs: Any, topic: str) -> None:
    urls = subscribe_queues(aws, topic)
    letters, letters_arn = make_queue(aws, "letters")
    redrive = json.dumps({"deadLetterTargetArn": letters_arn})
    small = subscribe_queue(aws, topic, "small", queue={"MaximumMessageSize": "2048"}, RedrivePolicy=redrive)
    sns.publish(TopicArn=topic, Message="x" * 3000)
    sns.publish(TopicArn=topic, Message="short")
    aws.idle()
    assert texts(sqs, small) == ["short"]
    assert texts(sqs, letters) == ["x" * 3000]
    assert sorted(texts(sqs, urls[0])) == ["short", "x" * 3000]


def test_who_subscribes_or_leaves_gets_what_is_published_meanwhile(aws: Serein, sns: Any, sqs: Any, topic: str) -> None:
    urls = subscribe_queues(aws, topic)
    sns.publish(TopicArn=topic, Message="first")
    late = subscribe_queue(aws, topic, "late")
    leaving = next(
        each["SubscriptionArn"]
        for each in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        if each["Endpoint"].endswith(":queue-0")
    )
    sns.unsubscribe(SubscriptionArn=leaving)
    sns.publish(TopicArn=topic, Message="second")
    sns.set_subscription_attributes(
        SubscriptionArn=next(
            each["SubscriptionArn"]
            for each in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
            if each["Endpoint"].endswith(":queue-1")
        ),
        AttributeName="RawMessageDelivery",
        AttributeValue="true",
    )
    sns.publish(TopicArn=topic, Message="third")
    aws.idle()
    assert texts(sqs, urls[0]) == ["first"]
    assert texts(sqs, late) == ["second", "third"]
    assert received(sqs, urls[1])[-1]["Body"] == "third"


def test_what_nobody_receives_is_over_after_its_retention(aws: Serein, sns: Any, sqs: Any, topic: str) -> None:
    urls = subscribe_queues(aws, topic)
    brief = subscribe_queue(aws, topic, "brief", queue={"MessageRetentionPeriod": "60"})
    sns.publish(TopicArn=topic, Message="for a minute")
    aws.idle()
    aws.advance(61)
    sns.publish(TopicArn=topic, Message="later")
    aws.idle()
    assert [count(sqs, url) for url in (brief, urls[0])] == [1, 2]
    aws.advance(3700)
    assert [count(sqs, url) for url in (brief, urls[0])] == [0, 2]
    assert texts(sqs, brief) == []
    assert texts(sqs, urls[0]) == ["for a minute", "later"]


def test_messages_wait_for_functions_and_long_polls_alike(aws: Serein, sns: Any, sqs: Any, topic: str) -> None:
    urls = subscribe_queues(aws, topic, RawMessageDelivery="true")
    sqs.set_queue_attributes(QueueUrl=urls[0], Attributes={"VisibilityTimeout": "0"})
    letters, letters_arn = make_queue(aws, "letters")
    redrive = json.dumps({"deadLetterTargetArn": letters_arn, "maxReceiveCount": 2})
    sqs.set_queue_attributes(QueueUrl=urls[0], Attributes={"RedrivePolicy": redrive})
    sns.publish(TopicArn=topic, Message="poison")
    aws.idle()
    for _ in range(3):
        sqs.receive_message(QueueUrl=urls[0])
    assert [message["Body"] for message in received(sqs, letters)] == ["poison"]
    assert sqs.receive_message(QueueUrl=urls[1], WaitTimeSeconds=20)["Messages"][0]["Body"] == "poison"


def test_each_queue_counts_what_it_is_sent(aws: Serein, sns: Any, sqs: Any, topic: str) -> None:
    wrapped = subscribe_queues(aws, topic)
    subscribe_queues(aws, topic, "raw", RawMessageDelivery="true")
    for text in ("x", "xxx"):
        sns.publish(TopicArn=topic, Message=text)
        aws.idle()
    sizes = [len(message["Body"]) for message in received(sqs, wrapped[0])]
    aws.advance(120)
    now = aws.clock.now()

    def statistics(name: str, metric: str) -> tuple[float, float, float, float]:
        points = aws.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/SQS",
            MetricName=metric,
            Dimensions=[{"Name": "QueueName", "Value": name}],
            StartTime=now - 600,
            EndTime=now,
            Period=60,
            Statistics=["SampleCount", "Sum", "Minimum", "Maximum"],
        )["Datapoints"]
        return (
            sum(point["SampleCount"] for point in points),
            sum(point["Sum"] for point in points),
            min(point["Minimum"] for point in points),
            max(point["Maximum"] for point in points),
        )

    assert statistics("raw-3", "NumberOfMessagesSent") == (2, 2, 1, 1)
    assert statistics("raw-3", "SentMessageSize") == (2, 4, 1, 3)
    assert statistics("queue-0", "NumberOfMessagesSent") == (2, 2, 1, 1)
    assert statistics("queue-0", "SentMessageSize") == (2, sum(sizes), min(sizes), max(sizes))
