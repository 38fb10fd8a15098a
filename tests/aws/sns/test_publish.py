"""Publishing, and what subscribers get."""

import base64
import json

import pytest
from botocore.exceptions import ClientError


def error_of(caught):
    return caught.value.response["Error"]


class Subscriber:
    """A queue that is subscribed to a topic."""

    def __init__(self, aws, topic, name="subscriber", attributes=None, queue=None):
        self.aws = aws
        self.sqs = aws.client("sqs")
        self.url = self.sqs.create_queue(QueueName=name, Attributes=queue or {})["QueueUrl"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        self.arn = found["Attributes"]["QueueArn"]
        reply = aws.client("sns").subscribe(
            TopicArn=topic, Protocol="sqs", Endpoint=self.arn, Attributes=attributes or {}
        )
        self.subscription_arn = reply["SubscriptionArn"]

    def messages(self):
        self.aws.idle()
        reply = self.sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"]
        )
        return reply.get("Messages", [])

    def notifications(self):
        return [json.loads(message["Body"]) for message in self.messages()]

    def texts(self):
        return [notification["Message"] for notification in self.notifications()]


@pytest.fixture
def sns(aws):
    return aws.client("sns")


@pytest.fixture
def topic(sns):
    return sns.create_topic(Name="news")["TopicArn"]


def test_a_queue_gets_the_notification_of_aws(aws, sns, topic):
    subscriber = Subscriber(aws, topic)
    sent = sns.publish(
        TopicArn=topic,
        Message="hello",
        Subject="subject",
        MessageAttributes={
            "price": {"DataType": "Number", "StringValue": "100.12"},
            "data": {"DataType": "Binary", "BinaryValue": b"\x02\x03"},
        },
    )
    (message,) = subscriber.messages()
    notification = json.loads(message["Body"])
    assert list(notification) == [
        "Type",
        "MessageId",
        "TopicArn",
        "Subject",
        "Message",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SigningCertURL",
        "UnsubscribeURL",
        "MessageAttributes",
    ]
    assert notification["Type"] == "Notification"
    assert notification["MessageId"] == sent["MessageId"]
    assert notification["TopicArn"] == topic
    assert (notification["Subject"], notification["Message"]) == ("subject", "hello")
    assert notification["Timestamp"].endswith("Z")
    assert len(notification["Timestamp"]) == 24
    assert notification["UnsubscribeURL"].endswith(subscriber.subscription_arn)
    assert notification["MessageAttributes"] == {
        "price": {"Type": "Number", "Value": "100.12"},
        "data": {"Type": "Binary", "Value": base64.b64encode(b"\x02\x03").decode()},
    }
    assert message["Body"].startswith('{\n  "Type" : "Notification",\n  "MessageId" : "')
    assert "MessageAttributes" not in message


def test_raw_delivery_hands_on_body_and_attributes(aws, sns, topic):
    subscriber = Subscriber(aws, topic, attributes={"RawMessageDelivery": "true"})
    attributes = {
        "price": {"DataType": "Number", "StringValue": "99.12"},
        "data": {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"},
    }
    sns.publish(TopicArn=topic, Message="hello", MessageAttributes=attributes)
    (message,) = subscriber.messages()
    assert message["Body"] == "hello"
    assert message["MessageAttributes"] == attributes


def test_every_subscriber_gets_the_message_once(aws, sns, topic):
    subscribers = [Subscriber(aws, topic, f"s{number}") for number in range(3)]
    sns.publish(TopicArn=topic, Message="hello")
    assert [subscriber.texts() for subscriber in subscribers] == [["hello"]] * 3


def test_a_filter_policy_decides_by_attributes(aws, sns, topic):
    subscriber = Subscriber(aws, topic, attributes={"FilterPolicy": json.dumps({"kind": ["book", {"prefix": "e-"}]})})
    for kind in ("book", "e-book", "pen"):
        sns.publish(
            TopicArn=topic, Message=kind, MessageAttributes={"kind": {"DataType": "String", "StringValue": kind}}
        )
    sns.publish(TopicArn=topic, Message="none")
    assert sorted(subscriber.texts()) == ["book", "e-book"]
    described = sns.get_subscription_attributes(SubscriptionArn=subscriber.subscription_arn)["Attributes"]
    assert described["FilterPolicyScope"] == "MessageAttributes"


def test_a_filter_policy_decides_by_body(aws, sns, topic):
    policy = json.dumps({"order": {"total": [{"numeric": [">", 10]}]}})
    subscriber = Subscriber(aws, topic, attributes={"FilterPolicy": policy, "FilterPolicyScope": "MessageBody"})
    for total in (10, 11):
        sns.publish(TopicArn=topic, Message=json.dumps({"order": {"total": total}}))
    sns.publish(TopicArn=topic, Message="no json")
    assert subscriber.texts() == ['{"order": {"total": 11}}']


def test_a_filter_policy_can_be_changed_and_removed(aws, sns, topic):
    subscriber = Subscriber(aws, topic)
    arn = subscriber.subscription_arn
    sns.set_subscription_attributes(
        SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue='{"kind":["book"]}'
    )
    sns.publish(TopicArn=topic, Message="filtered")
    assert subscriber.texts() == []
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue="{}")
    sns.publish(TopicArn=topic, Message="through")
    assert subscriber.texts() == ["through"]


def test_message_structure_json_has_a_text_for_each_protocol(aws, sns, topic):
    subscriber = Subscriber(aws, topic)
    sns.publish(TopicArn=topic, MessageStructure="json", Message=json.dumps({"default": "d", "sqs": "for queues"}))
    assert subscriber.texts() == ["for queues"]
    sns.publish(TopicArn=topic, MessageStructure="json", Message=json.dumps({"default": "d", "email": "x"}))
    assert subscriber.texts() == ["d"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"Message": ""}, "Invalid parameter: Empty message"),
        ({"Message": "x", "Subject": ""}, "Invalid parameter: Subject"),
        ({"Message": "x" * 262_145}, "Invalid parameter: Message too long"),
        (
            {"Message": "{}", "MessageStructure": "json"},
            "Invalid parameter: Message Structure - No default entry in JSON message body",
        ),
        (
            {"Message": "{", "MessageStructure": "json"},
            "Invalid parameter: Message Structure - JSON message body failed to parse",
        ),
        (
            {"Message": "x", "MessageDeduplicationId": "d"},
            "Invalid parameter: MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter "
            "that is not valid for this topic type",
        ),
    ],
)
def test_publish_checks_the_message(sns, topic, options, message):
    with pytest.raises(ClientError) as caught:
        sns.publish(TopicArn=topic, **options)
    assert (error_of(caught)["Code"], error_of(caught)["Message"]) == ("InvalidParameter", message)


@pytest.mark.parametrize(
    ("name", "attribute", "code", "message"),
    [
        (
            "a",
            {"DataType": "String", "StringValue": ""},
            "ParameterValueInvalid",
            "The message attribute 'a' must contain non-empty message attribute value for message attribute type "
            "'String'.",
        ),
        (
            "a",
            {"DataType": "Binary", "StringValue": "x"},
            "ParameterValueInvalid",
            "The message attribute 'a' with type 'Binary' must use field 'Binary'.",
        ),
        (
            "a^",
            {"DataType": "String", "StringValue": "x"},
            "ParameterValueInvalid",
            "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include "
            "alphanumeric characters, hyphens, underscores, or dots.",
        ),
    ],
)
def test_publish_checks_message_attributes(sns, topic, name, attribute, code, message):
    with pytest.raises(ClientError) as caught:
        sns.publish(TopicArn=topic, Message="x", MessageAttributes={name: attribute})
    assert (error_of(caught)["Code"], error_of(caught)["Message"]) == (code, message)


def test_publish_needs_a_target(sns):
    with pytest.raises(ClientError) as caught:
        sns.publish(Message="x")
    assert error_of(caught)["Message"] == (
        "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter"
    )


def test_a_queue_that_is_gone_sends_its_notification_to_the_dead_letter_queue(aws, sns, topic):
    dead = Subscriber(aws, sns.create_topic(Name="other")["TopicArn"], "dead")
    policy = json.dumps({"deadLetterTargetArn": dead.arn})
    subscriber = Subscriber(aws, topic, attributes={"RedrivePolicy": policy})
    subscriber.sqs.delete_queue(QueueUrl=subscriber.url)
    sent = sns.publish(TopicArn=topic, Message="x")
    (notification,) = dead.notifications()
    assert notification["MessageId"] == sent["MessageId"]
    assert notification["UnsubscribeURL"].endswith(subscriber.subscription_arn)


def test_a_queue_that_refuses_a_message_keeps_it_from_nobody_else(aws, sns, topic):
    dead = Subscriber(aws, sns.create_topic(Name="other")["TopicArn"], "dead")
    policy = json.dumps({"deadLetterTargetArn": dead.arn})
    small = Subscriber(aws, topic, "small", {"RedrivePolicy": policy}, {"MaximumMessageSize": "1024"})
    late = Subscriber(aws, topic, "late", queue={"DelaySeconds": "60"})
    raw = [Subscriber(aws, topic, f"raw{number}", {"RawMessageDelivery": "true"}) for number in range(60)]
    text = "x" * 2000
    sns.publish(TopicArn=topic, Message=text)
    assert [[message["Body"] for message in subscriber.messages()] for subscriber in raw] == [[text]] * 60
    assert (small.texts(), late.texts()) == ([], [])
    (notification,) = dead.notifications()
    assert notification["UnsubscribeURL"].endswith(small.subscription_arn)
    aws.advance(60)
    assert late.texts() == [text]


def test_a_batch_is_published_entry_by_entry(aws, sns, topic):
    subscriber = Subscriber(aws, topic)
    entries = [{"Id": str(number), "Message": f"m{number}"} for number in range(3)]
    reply = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert [entry["Id"] for entry in reply["Successful"]] == ["0", "1", "2"]
    assert reply["Failed"] == []
    assert sorted(subscriber.texts()) == ["m0", "m1", "m2"]


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([{"Id": str(number), "Message": "x"} for number in range(11)], "TooManyEntriesInBatchRequest"),
        ([{"Id": "a", "Message": "x"}] * 2, "BatchEntryIdsNotDistinct"),
        ([{"Id": "a.b", "Message": "x"}], "InvalidBatchEntryId"),
        ([{"Id": "a", "Message": "x" * 262_144}, {"Id": "b", "Message": "x"}], "BatchRequestTooLong"),
    ],
)
def test_a_batch_is_checked_as_a_whole(sns, topic, entries, code):
    with pytest.raises(ClientError) as caught:
        sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert error_of(caught)["Code"] == code


FIFO = {"FifoTopic": "true", "ContentBasedDeduplication": "true"}
FIFO_QUEUE = {"FifoQueue": "true"}


def test_a_fifo_topic_delivers_each_group_in_order_and_each_message_once(aws, sns):
    topic = sns.create_topic(Name="news.fifo", Attributes=FIFO)["TopicArn"]
    subscriber = Subscriber(aws, topic, "subscriber.fifo", queue=FIFO_QUEUE)
    sent = [sns.publish(TopicArn=topic, Message=str(number), MessageGroupId="g") for number in range(8)]
    again = sns.publish(TopicArn=topic, Message="0", MessageGroupId="g")
    assert again["MessageId"] == sent[0]["MessageId"]
    assert len(sent[0]["SequenceNumber"]) == 20
    messages = subscriber.messages()
    notifications = [json.loads(message["Body"]) for message in messages]
    assert [notification["Message"] for notification in notifications] == [str(number) for number in range(8)]
    assert notifications[0]["SequenceNumber"] == sent[0]["SequenceNumber"]
    assert "Signature" not in notifications[0]
    assert messages[0]["Attributes"]["MessageGroupId"] == "g"
    assert len(messages[0]["Attributes"]["MessageDeduplicationId"]) == 64


def test_a_fifo_topic_needs_groups_and_a_way_to_tell_duplicates(sns):
    topic = sns.create_topic(Name="news.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    with pytest.raises(ClientError) as caught:
        sns.publish(TopicArn=topic, Message="x", MessageDeduplicationId="d")
    assert error_of(caught)["Message"] == "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"
    with pytest.raises(ClientError) as caught:
        sns.publish(TopicArn=topic, Message="x", MessageGroupId="g")
    assert error_of(caught)["Message"] == (
        "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or "
        "MessageDeduplicationId provided explicitly"
    )


def test_a_fifo_topic_serves_standard_queues_too(aws, sns):
    topic = sns.create_topic(Name="news.fifo", Attributes=FIFO)["TopicArn"]
    subscriber = Subscriber(aws, topic)
    sns.publish(TopicArn=topic, Message="x", MessageGroupId="g")
    assert subscriber.texts() == ["x"]


def test_a_fifo_subscription_that_fails_goes_to_its_dead_letter_queue(aws, sns):
    other = sns.create_topic(Name="other.fifo", Attributes=FIFO)["TopicArn"]
    topic = sns.create_topic(Name="news.fifo", Attributes=FIFO)["TopicArn"]
    dead = Subscriber(aws, other, "dead.fifo", queue=FIFO_QUEUE)
    policy = json.dumps({"deadLetterTargetArn": dead.arn})
    subscriber = Subscriber(aws, topic, "s.fifo", attributes={"RedrivePolicy": policy}, queue=FIFO_QUEUE)
    subscriber.sqs.delete_queue(QueueUrl=subscriber.url)
    sns.publish(TopicArn=topic, Message="x", MessageGroupId="g")
    assert dead.texts() == ["x"]
