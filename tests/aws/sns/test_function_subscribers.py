"""Functions that are subscribed to topics."""

import io
import json
import zipfile

import pytest

HANDLER = """
import json, os
import boto3

def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=json.dumps(event))
"""


def zipped(code):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("app.py", code)
    return content.getvalue()


@pytest.fixture
def seen(aws):
    return aws.client("sqs").create_queue(QueueName="seen")["QueueUrl"]


@pytest.fixture
def function_arn(aws, seen):
    role = f"arn:aws:iam::{aws.account}:role/worker"
    return aws.client("lambda").create_function(
        FunctionName="subscriber",
        Runtime="python3.12",
        Handler="app.handler",
        Role=role,
        Code={"ZipFile": zipped(HANDLER)},
        Environment={"Variables": {"QUEUE_URL": seen}},
        Timeout=30,
    )["FunctionArn"]


def test_a_function_gets_the_event_of_aws(aws, seen, function_arn):
    sns = aws.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    subscription = sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=function_arn)["SubscriptionArn"]
    attributes = {"kind": {"DataType": "String", "StringValue": "book"}}
    sent = sns.publish(TopicArn=topic, Message="hello", MessageAttributes=attributes)
    aws.idle()
    (message,) = aws.client("sqs").receive_message(QueueUrl=seen)["Messages"]
    (record,) = json.loads(message["Body"])["Records"]
    notification = record.pop("Sns")
    assert record == {"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": subscription}
    assert {"Timestamp", "Signature", "SigningCertUrl", "UnsubscribeUrl"} < notification.keys()
    known = ("Type", "MessageId", "TopicArn", "Subject", "Message", "SignatureVersion", "MessageAttributes")
    assert {name: notification[name] for name in known} == {
        "Type": "Notification",
        "MessageId": sent["MessageId"],
        "TopicArn": topic,
        "Subject": None,
        "Message": "hello",
        "SignatureVersion": "1",
        "MessageAttributes": {"kind": {"Type": "String", "Value": "book"}},
    }


def test_a_function_that_is_not_there_sends_the_notification_to_the_dead_letter_queue(aws, seen):
    sns, sqs = aws.client("sns"), aws.client("sqs")
    topic = sns.create_topic(Name="news")["TopicArn"]
    arn = sqs.get_queue_attributes(QueueUrl=seen, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(
        TopicArn=topic,
        Protocol="lambda",
        Endpoint=f"arn:aws:lambda:us-east-1:{aws.account}:function:none",
        Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": arn})},
    )
    sns.publish(TopicArn=topic, Message="hello")
    aws.idle()
    (message,) = sqs.receive_message(QueueUrl=seen)["Messages"]
    assert json.loads(message["Body"])["Message"] == "hello"
