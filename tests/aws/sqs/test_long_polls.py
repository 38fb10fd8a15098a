"""Long polls: who waits for messages, and in which order they are served."""

import json
import socket
from concurrent.futures import ThreadPoolExecutor, wait
from urllib.parse import urlsplit

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

RECEIVERS = 30


@pytest.fixture
def sqs(aws):
    return aws.client("sqs", config=Config(max_pool_connections=RECEIVERS + 2))


@pytest.fixture
def url(sqs):
    return sqs.create_queue(QueueName="jobs")["QueueUrl"]


def bodies(replies):
    return [message["Body"] for reply in replies for message in reply.get("Messages", [])]


def test_each_message_reaches_one_of_many_receivers(sqs, url):
    with ThreadPoolExecutor(RECEIVERS) as pool:
        polls = [pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20) for _ in range(RECEIVERS)]
        for n in range(RECEIVERS // 2):
            sqs.send_message(QueueUrl=url, MessageBody=f"single {n}")
        for start in range(0, RECEIVERS // 2, 5):
            entries = [{"Id": str(n), "MessageBody": f"batch {start + n}"} for n in range(5)]
            sqs.send_message_batch(QueueUrl=url, Entries=entries)
        replies = [poll.result(timeout=60) for poll in polls]
    received = bodies(replies)
    assert len(received) == len(set(received)) == RECEIVERS


def test_each_group_reaches_one_of_many_receivers(sqs):
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    url = sqs.create_queue(QueueName="jobs.fifo", Attributes=attributes)["QueueUrl"]
    with ThreadPoolExecutor(10) as pool:
        ask = {"QueueUrl": url, "WaitTimeSeconds": 20, "MaxNumberOfMessages": 1}
        polls = [pool.submit(sqs.receive_message, **ask) for _ in range(10)]
        for n in range(10):
            sqs.send_message(QueueUrl=url, MessageBody=f"m{n}", MessageGroupId=f"g{n}")
        replies = [poll.result(timeout=60) for poll in polls]
    assert sorted(bodies(replies)) == sorted(f"m{n}" for n in range(10))


def test_a_message_that_comes_back_reaches_a_receiver_that_waits(sqs, url):
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    (first,) = sqs.receive_message(QueueUrl=url)["Messages"]
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20)
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"], VisibilityTimeout=0)
        assert bodies([poll.result(timeout=60)]) == ["hello"]


def test_receivers_of_a_queue_that_is_deleted_are_told(sqs, url):
    with ThreadPoolExecutor(2) as pool:
        polls = [pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20) for _ in range(2)]
        while not any(poll.running() for poll in polls):
            wait(polls, timeout=0.01)
        sqs.delete_queue(QueueUrl=url)
        for poll in polls:
            with pytest.raises(ClientError) as caught:
                poll.result(timeout=60)
            assert caught.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"


def test_a_client_that_went_away_takes_no_message(aws, sqs, url):
    """Its place in the line goes to the next one, whatever it would have waited for."""
    parts = urlsplit(aws.endpoint)
    body = json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20})
    request = (
        f"POST / HTTP/1.1\r\nHost: {parts.netloc}\r\nX-Amz-Target: AmazonSQS.ReceiveMessage\r\n"
        "Content-Type: application/x-amz-json-1.0\r\n"
        f"Authorization: AWS4-HMAC-SHA256 Credential={aws.account}/20260101/us-east-1/sqs/aws4_request, "
        f"SignedHeaders=host, Signature={'0' * 64}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )
    for _ in range(5):
        with socket.create_connection((parts.hostname, parts.port), timeout=30) as client:
            client.sendall(request.encode())
            sqs.get_queue_url(QueueName="jobs")
    sqs.get_queue_url(QueueName="jobs")
    for n in range(5):
        sqs.send_message(QueueUrl=url, MessageBody=f"m{n}")
    received = []
    while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        received += [(message["Body"]) for message in batch]
    assert sorted(received) == [f"m{n}" for n in range(5)]
