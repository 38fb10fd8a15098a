"""Dead-letter queues and redrives."""

import json

import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def sqs(aws):
    return aws.client("sqs")


def make(sqs, name, dead_letter_arn="", receives=1, **attributes):
    if dead_letter_arn:
        policy = {"deadLetterTargetArn": dead_letter_arn, "maxReceiveCount": receives}
        attributes["RedrivePolicy"] = json.dumps(policy)
    url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url, sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def receive(sqs, url, **options):
    return sqs.receive_message(QueueUrl=url, AttributeNames=["All"], **options).get("Messages", [])


def test_a_message_received_too_often_moves_to_the_dead_letter_queue(sqs):
    dead, dead_arn = make(sqs, "dead")
    url, arn = make(sqs, "orders", dead_arn, receives=2, VisibilityTimeout="0")
    sent = sqs.send_message(QueueUrl=url, MessageBody="poison")
    assert receive(sqs, url)
    assert receive(sqs, url)
    assert not receive(sqs, url)
    (letter,) = receive(sqs, dead)
    assert letter["MessageId"] == sent["MessageId"]
    assert letter["Attributes"]["DeadLetterQueueSourceArn"] == arn
    assert letter["Attributes"]["ApproximateReceiveCount"] == "3"


def test_dead_letter_queues_chain_and_each_counts_for_itself(sqs):
    last, last_arn = make(sqs, "last")
    middle, middle_arn = make(sqs, "middle", last_arn, VisibilityTimeout="0")
    first, _ = make(sqs, "first", middle_arn, VisibilityTimeout="0")
    sqs.send_message(QueueUrl=first, MessageBody="x")
    assert receive(sqs, first)
    assert not receive(sqs, first)
    assert receive(sqs, middle)
    assert not receive(sqs, middle)
    assert receive(sqs, last)


def test_worn_messages_make_way_for_fresh_ones_in_one_receive(sqs):
    _, dead_arn = make(sqs, "dead")
    url, _ = make(sqs, "orders", dead_arn, VisibilityTimeout="0")
    sqs.send_message(QueueUrl=url, MessageBody="worn")
    assert receive(sqs, url)
    sqs.send_message(QueueUrl=url, MessageBody="fresh")
    assert [message["Body"] for message in receive(sqs, url)] == ["fresh"]


def test_without_its_dead_letter_queue_a_message_stays(sqs):
    dead, dead_arn = make(sqs, "dead")
    url, _ = make(sqs, "orders", dead_arn, VisibilityTimeout="0")
    sqs.delete_queue(QueueUrl=dead)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert receive(sqs, url)
    assert receive(sqs, url)


def fill_dead_letters(sqs, count):
    dead, dead_arn = make(sqs, "dead")
    url, arn = make(sqs, "orders", dead_arn, VisibilityTimeout="0")
    for number in range(count):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    for _ in range(count):
        receive(sqs, url, MaxNumberOfMessages=10)
    return dead, dead_arn, url, arn


def test_a_redrive_moves_messages_back_to_their_source(aws, sqs):
    _, dead_arn, url, _ = fill_dead_letters(sqs, 3)
    sqs.start_message_move_task(SourceArn=dead_arn)
    aws.idle()
    (task,) = sqs.list_message_move_tasks(SourceArn=dead_arn)["Results"]
    assert task["Status"] == "COMPLETED"
    assert task["ApproximateNumberOfMessagesMoved"] == 3
    assert "TaskHandle" not in task
    bodies = [message["Body"] for message in receive(sqs, url, MaxNumberOfMessages=10)]
    assert sorted(bodies) == ["0", "1", "2"]


def test_a_slow_redrive_keeps_its_rate_and_can_be_cancelled(aws, sqs):
    _, dead_arn, _, _ = fill_dead_letters(sqs, 5)
    other, other_arn = make(sqs, "other")
    handle = sqs.start_message_move_task(SourceArn=dead_arn, DestinationArn=other_arn, MaxNumberOfMessagesPerSecond=1)[
        "TaskHandle"
    ]
    aws.advance(2)
    with pytest.raises(sqs.exceptions.UnsupportedOperation):
        sqs.start_message_move_task(SourceArn=dead_arn)
    moved = sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"]
    assert moved == 3
    assert len(receive(sqs, other, MaxNumberOfMessages=10)) == 3
    assert sqs.list_message_move_tasks(SourceArn=dead_arn)["Results"][0]["Status"] == "CANCELLED"


def test_a_redrive_needs_a_dead_letter_queue(sqs):
    _, arn = make(sqs, "orders")
    with pytest.raises(ClientError) as caught:
        sqs.start_message_move_task(SourceArn=arn)
    assert caught.value.response["Error"]["Message"] == "Source queue must be configured as a Dead Letter Queue."
    with pytest.raises(sqs.exceptions.ResourceNotFoundException):
        sqs.start_message_move_task(SourceArn=arn + "-none")
