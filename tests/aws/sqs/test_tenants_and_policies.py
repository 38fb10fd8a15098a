"""Fair queues, policies that are enforced, and the metrics of queues."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from serein.testing import Serein, ServerProcess

ROOT = ("AKIAROOT000000000001", "root/secret+1")


@pytest.fixture
def sqs(aws):
    return aws.client("sqs")


def test_a_tenant_with_much_in_flight_lets_the_others_pass(aws, sqs):
    url = sqs.create_queue(QueueName="fair")["QueueUrl"]

    def send(tenant, count):
        for start in range(0, count, 10):
            entries = [
                {"Id": str(n), "MessageBody": f"{tenant} {start + n}", "MessageGroupId": tenant} for n in range(10)
            ]
            sqs.send_message_batch(QueueUrl=url, Entries=entries)

    def receive():
        asked = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"])
        return [message["Attributes"]["MessageGroupId"] for message in asked.get("Messages", [])]

    send("noisy", 40)
    assert receive() == ["noisy"] * 10
    send("quiet", 10)
    assert receive() == ["quiet"] * 10, "the others come first while one has much in flight"
    assert receive() == ["noisy"] * 10, "who has much in flight waits for nobody when there are no others"
    aws.advance(31)
    assert len([tenant for _ in range(5) for tenant in receive()]) == 50


def test_metrics_say_what_a_queue_did_and_holds(aws, sqs):
    url = sqs.create_queue(QueueName="measured")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="12345")
    sqs.send_message_batch(
        QueueUrl=url,
        Entries=[{"Id": "a", "MessageBody": "x", "DelaySeconds": 900}, {"Id": "b", "MessageBody": "xyz"}],
    )
    received = sqs.receive_message(QueueUrl=url, VisibilityTimeout=600)["Messages"]
    assert len(received) == 1
    sqs.receive_message(QueueUrl=sqs.create_queue(QueueName="empty")["QueueUrl"])
    aws.advance(121)
    cloudwatch = aws.client("cloudwatch")

    def values(metric, statistic, name="measured"):
        now = aws.clock.now()
        found = cloudwatch.get_metric_statistics(
            Namespace="AWS/SQS",
            MetricName=metric,
            Dimensions=[{"Name": "QueueName", "Value": name}],
            StartTime=now - 600,
            EndTime=now + 60,
            Period=600,
            Statistics=[statistic],
        )["Datapoints"]
        return max((point[statistic] for point in found), default=None)

    assert values("NumberOfMessagesSent", "Sum") == 3
    assert values("SentMessageSize", "Maximum") == 5
    assert values("SentMessageSize", "Sum") == 9
    assert values("NumberOfMessagesReceived", "Sum") == 1
    assert values("NumberOfEmptyReceives", "Sum", "empty") == 1
    assert values("ApproximateNumberOfMessagesVisible", "Maximum") == 1
    assert values("ApproximateNumberOfMessagesNotVisible", "Maximum") == 1
    assert values("ApproximateNumberOfMessagesDelayed", "Maximum") == 1
    assert values("ApproximateAgeOfOldestMessage", "Maximum") >= 60
    assert values("ApproximateAgeOfOldestMessage", "Maximum", "empty") == 0


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    settings = {"auth": "on", "root_access_key_id": ROOT[0], "root_secret_access_key": ROOT[1]}
    server = ServerProcess(tmp_path_factory.mktemp("guarded"), settings)
    yield server
    server.stop()


def client_of(server: ServerProcess, service: str, key: str, secret: str, token: str = "") -> Any:
    session = boto3.session.Session(key, secret, token or None, "us-east-1")
    return session.client(service, endpoint_url=server.endpoint, config=Config(retries={"max_attempts": 0}))


def code_of(caught: pytest.ExceptionInfo[ClientError]) -> str:
    return str(caught.value.response["Error"]["Code"])


def test_a_statement_that_denies_holds_for_the_queues_own_account(guarded: ServerProcess) -> None:
    owner = client_of(guarded, "sqs", *ROOT)
    iam = client_of(guarded, "iam", *ROOT)
    user = iam.create_user(UserName="sender")["User"]
    key = iam.create_access_key(UserName="sender")["AccessKey"]
    sender = client_of(guarded, "sqs", key["AccessKeyId"], key["SecretAccessKey"])
    url = owner.create_queue(QueueName="guarded")["QueueUrl"]
    statement = {"Effect": "Deny", "Principal": {"AWS": user["Arn"]}, "Action": "sqs:Send*", "Resource": "*"}
    sender.send_message(QueueUrl=url, MessageBody="allowed")
    owner.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [statement]})})
    for act in (
        lambda: sender.send_message(QueueUrl=url, MessageBody="denied"),
        lambda: sender.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "denied"}]),
    ):
        with pytest.raises(ClientError) as caught:
            act()
        assert code_of(caught) == "AccessDenied"
        assert "with an explicit deny in a resource-based policy" in str(caught.value)
    assert sender.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "allowed"
    owner.send_message(QueueUrl=url, MessageBody="by the owner")
    elsewhere = {**statement, "Condition": {"StringEquals": {"aws:PrincipalAccount": "999999999999"}}}
    owner.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [elsewhere]})})
    sender.send_message(QueueUrl=url, MessageBody="the condition doesn't hold")


def test_accounts_are_strangers_where_nothing_is_enforced(aws: Serein, sqs: Any) -> None:
    """Without `--auth on` a queue's policy is stored, and any account may use the queue."""
    url = sqs.create_queue(QueueName="open")["QueueUrl"]
    other = aws.client("sqs", aws_access_key_id="210987654321", aws_secret_access_key="x")
    other.send_message(QueueUrl=url, MessageBody="hello")
    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "hello"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Label": "not good"}, "Can only include alphanumeric characters"),
        ({"AWSAccountIds": ["12"]}, "Value [12] for parameter PrincipalId is invalid. Reason: Unable to verify."),
        ({"Actions": ["Fly"]}, "Value SQS:Fly for parameter ActionName is invalid."),
        ({"Actions": ["DeleteQueue"]}, "Value SQS:DeleteQueue for parameter ActionName is invalid."),
    ],
)
def test_add_permission_checks_what_it_is_given(sqs, changes, message):
    url = sqs.create_queue(QueueName="open")["QueueUrl"]
    request = {"Label": "a", "AWSAccountIds": ["123456789012"], "Actions": ["SendMessage"]}
    with pytest.raises(ClientError) as caught:
        sqs.add_permission(QueueUrl=url, **{**request, **changes})
    assert code_of(caught) == "InvalidParameterValue"
    assert message in caught.value.response["Error"]["Message"]
