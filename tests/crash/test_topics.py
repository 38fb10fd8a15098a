"""The server is killed with SIGKILL while a topic fans out: what was acknowledged reaches every queue."""

from pathlib import Path
from typing import Any

import pytest

from serein.testing import Serein, ServerProcess

pytestmark = [pytest.mark.crash, pytest.mark.timeout(180), pytest.mark.xdist_group("crash")]
KILLS, QUEUES, MESSAGES = 3, 10, 20
ACCOUNT, SETTINGS = "123456789012", {"clock": "system"}


def received(sqs: Any, url: str) -> list[int]:
    """The numbers of a queue's messages, in the order in which they come."""
    found: list[int] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages"):
        found += [int(message["Body"]) for message in messages]
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def subscribe(session: Serein, topic: str, name: str) -> None:
    kind = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
    session.client("sqs").create_queue(QueueName=name, Attributes=kind)
    arn = f"arn:aws:sqs:{session.region}:{ACCOUNT}:{name}"
    raw = {"RawMessageDelivery": "true"}
    session.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=raw)


@pytest.mark.parametrize("suffix", ["", ".fifo"])
def test_every_acknowledged_message_reaches_every_queue(tmp_path: Path, suffix: str) -> None:
    server = ServerProcess(tmp_path, SETTINGS)
    session = Serein(server.endpoint, ACCOUNT)
    kind = {"FifoTopic": "true"} if suffix else {}
    topic = session.client("sns").create_topic(Name=f"news{suffix}", Attributes=kind)["TopicArn"]
    names = [f"queue-{number}{suffix}" for number in range(QUEUES)]
    for name in names:
        subscribe(session, topic, name)
    for start in range(0, KILLS * MESSAGES, MESSAGES):
        sns = session.client("sns")
        for number in range(start, start + MESSAGES):
            ids = {"MessageGroupId": "g", "MessageDeduplicationId": str(number)} if suffix else {}
            sns.publish(TopicArn=topic, Message=str(number), **ids)
        server.kill()
        server = ServerProcess(tmp_path, SETTINGS)
        session = Serein(server.endpoint, ACCOUNT)
    session.wait_until_idle(100)
    sqs = session.client("sqs")
    for name in names:
        got = received(sqs, sqs.get_queue_url(QueueName=name)["QueueUrl"])
        assert set(got) == set(range(KILLS * MESSAGES))
        if suffix:
            assert got == sorted(set(got)), f"{name} is out of order, or has something twice"
        else:
            assert len(got) == len(set(got)), f"{name} has something twice"
    server.stop()
