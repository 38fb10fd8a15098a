"""Signatures, verified as a client does."""

import base64
import json
import urllib.error
import urllib.request

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

SIGNED = ("Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


def verify(message):
    """Raises InvalidSignature."""
    with urllib.request.urlopen(message["SigningCertURL"]) as reply:
        certificate = x509.load_pem_x509_certificate(reply.read())
    text = "".join(f"{name}\n{message[name]}\n" for name in SIGNED if name in message)
    kind = hashes.SHA1() if message["SignatureVersion"] == "1" else hashes.SHA256()
    certificate.public_key().verify(base64.b64decode(message["Signature"]), text.encode(), padding.PKCS1v15(), kind)


@pytest.fixture
def inbox(aws):
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]

    def read():
        aws.idle()
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(message["Body"]) for message in found]

    return f"arn:aws:sqs:{aws.region}:{aws.account}:inbox", read


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("subject", [None, "news"])
def test_a_client_can_verify_a_notification(aws, inbox, version, subject):
    arn, read = inbox
    sns = aws.client("sns")
    topic = sns.create_topic(Name="signed", Attributes={"SignatureVersion": version})["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    options = {"Subject": subject} if subject else {}
    sns.publish(TopicArn=topic, Message="grüße\nan alle", **options)
    (message,) = read()
    assert message["SignatureVersion"] == version
    verify(message)


def test_what_is_signed_follows_the_topic_and_its_subscriptions(aws, inbox):
    arn, read = inbox
    sns = aws.client("sns")
    topic = sns.create_topic(Name="signed")["TopicArn"]
    raw = {"RawMessageDelivery": "true"}
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)["SubscriptionArn"]
    sns.publish(TopicArn=topic, Message='"raw"')
    assert read() == ["raw"]
    sns.set_subscription_attributes(
        SubscriptionArn=subscription, AttributeName="RawMessageDelivery", AttributeValue="false"
    )
    for version in "1", "2", "1":
        sns.set_topic_attributes(TopicArn=topic, AttributeName="SignatureVersion", AttributeValue=version)
        for _ in range(2):
            sns.publish(TopicArn=topic, Message="a message")
            (message,) = read()
            assert message["SignatureVersion"] == version
            verify(message)
    sns.unsubscribe(SubscriptionArn=subscription)
    sns.publish(TopicArn=topic, Message="nobody gets this")
    assert read() == []


def test_each_message_of_a_batch_is_signed(aws, inbox):
    arn, read = inbox
    sns = aws.client("sns")
    topic = sns.create_topic(Name="signed")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    entries = [{"Id": str(number), "Message": f"message {number}"} for number in range(3)]
    sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    messages = read()
    for message in messages:
        verify(message)
    assert sorted(message["Message"] for message in messages) == ["message 0", "message 1", "message 2"]


def test_the_text_for_the_protocol_is_what_is_signed(aws, inbox):
    arn, read = inbox
    sns = aws.client("sns")
    topic = sns.create_topic(Name="signed")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    texts = json.dumps({"default": "for all", "sqs": "for queues"})
    sns.publish(TopicArn=topic, Message=texts, MessageStructure="json")
    (message,) = read()
    assert message["Message"] == "for queues"
    verify(message)


def test_an_unknown_certificate_is_not_found(aws):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{aws.endpoint}/_aws/sns/SimpleNotificationService-{'0' * 32}.pem")


def test_the_request_for_a_confirmation_is_signed(aws):
    sns = aws.client("sns")
    topic = sns.create_topic(Name="signed", Attributes={"SignatureVersion": "2"})["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email-json", Endpoint="a@example.com")
    aws.idle()
    with urllib.request.urlopen(f"{aws.endpoint}/_aws/sns/messages?accountId={aws.account}") as reply:
        (mail,) = json.load(reply)["messages"]
    verify(json.loads(mail["message"]))
