"""FIFO queues: order, groups and duplicates."""

import json

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from serein.testing import Serein, ServerProcess


def error_of(caught):
    return caught.value.response["Error"]


@pytest.fixture
def sqs(aws):
    return aws.client("sqs")


def make(sqs, name="orders.fifo", **attributes):
    given = {"FifoQueue": "true", "ContentBasedDeduplication": "true", **attributes}
    return sqs.create_queue(QueueName=name, Attributes=given)["QueueUrl"]


def send(sqs, url, body, group="g", **options):
    return sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group, **options)


def receive(sqs, url, most=10, **options):
    return sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=most, AttributeNames=["All"], **options).get(
        "Messages", []
    )


def bodies(messages):
    return [message["Body"] for message in messages]


def test_a_fifo_queue_has_the_defaults_of_aws(sqs):
    url = sqs.create_queue(QueueName="orders.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["FifoQueue"] == "true"
    assert attributes["ContentBasedDeduplication"] == "false"
    assert attributes["DeduplicationScope"] == "queue"
    assert attributes["FifoThroughputLimit"] == "perQueue"


def test_a_fifo_queue_needs_its_suffix(sqs):
    with pytest.raises(ClientError) as caught:
        make(sqs, "orders")
    assert error_of(caught)["Code"] == "InvalidParameterValue"


def test_the_type_of_a_queue_cannot_change(sqs):
    url = make(sqs)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"FifoQueue": "true"})
    with pytest.raises(ClientError) as caught:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"FifoQueue": "false"})
    assert error_of(caught)["Message"] == (
        "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported."
    )


def test_messages_keep_their_order_and_say_so(sqs):
    url = make(sqs)
    sent = [send(sqs, url, str(number)) for number in range(12)]
    numbers = [int(reply["SequenceNumber"]) for reply in sent]
    assert numbers == sorted(numbers)
    assert all(len(reply["SequenceNumber"]) == 20 for reply in sent)
    messages = receive(sqs, url)
    assert bodies(messages) == [str(number) for number in range(10)]
    assert messages[0]["Attributes"]["MessageGroupId"] == "g"
    assert messages[0]["Attributes"]["SequenceNumber"] == sent[0]["SequenceNumber"]
    assert len(messages[0]["Attributes"]["MessageDeduplicationId"]) == 64


def test_a_group_waits_for_its_messages_in_flight_and_other_groups_do_not(sqs):
    url = make(sqs)
    for body, group in (("a1", "a"), ("a2", "a"), ("b1", "b")):
        send(sqs, url, body, group)
    (first,) = receive(sqs, url, 1)
    assert first["Body"] == "a1"
    assert bodies(receive(sqs, url)) == ["b1"]
    assert not receive(sqs, url)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    assert bodies(receive(sqs, url)) == ["a2"]


def test_a_group_comes_back_in_order_after_its_visibility_timeout(aws, sqs):
    url = make(sqs, VisibilityTimeout="10")
    for body in ("1", "2", "3"):
        send(sqs, url, body)
    assert bodies(receive(sqs, url, 2)) == ["1", "2"]
    assert not receive(sqs, url)
    aws.advance(10)
    assert bodies(receive(sqs, url)) == ["1", "2", "3"]


def test_a_group_is_available_up_to_its_first_message_in_flight(sqs):
    """AWS: a group is visible as soon as its first message is; those after it keep their timeouts."""
    url = make(sqs)
    for body in ("1", "2", "3"):
        send(sqs, url, body)
    send(sqs, url, "other", group="h")
    first, second, third = receive(sqs, url, 3)
    hide = {"QueueUrl": url, "VisibilityTimeout": 0}
    sqs.change_message_visibility(ReceiptHandle=second["ReceiptHandle"], **hide)
    assert bodies(receive(sqs, url)) == ["other"], "the first message keeps the second back"
    sqs.change_message_visibility(ReceiptHandle=first["ReceiptHandle"], **hide)
    assert bodies(receive(sqs, url)) == ["1", "2"]
    sqs.change_message_visibility(ReceiptHandle=third["ReceiptHandle"], **hide)
    assert not receive(sqs, url)


def test_an_expired_handle_deletes_nothing(aws, sqs):
    url = make(sqs, VisibilityTimeout="1")
    send(sqs, url, "x")
    (message,) = receive(sqs, url)
    aws.advance(2)
    with pytest.raises(ClientError) as caught:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert error_of(caught)["Message"] == (
        f"Value {message['ReceiptHandle']} for parameter ReceiptHandle is invalid. "
        "Reason: The receipt handle has expired."
    )


def test_a_duplicate_within_five_minutes_is_answered_but_not_queued(aws, sqs):
    url = make(sqs)
    first = send(sqs, url, "x", MessageDeduplicationId="d")
    again = send(sqs, url, "y", group="other", MessageDeduplicationId="d")
    assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    (message,) = receive(sqs, url)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    send(sqs, url, "x", MessageDeduplicationId="d")
    assert not receive(sqs, url)
    aws.advance(300)
    send(sqs, url, "later", MessageDeduplicationId="d")
    assert bodies(receive(sqs, url)) == ["later"]


def test_duplicates_can_be_told_per_group(sqs):
    url = make(sqs, DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId")
    send(sqs, url, "x", "a", MessageDeduplicationId="d")
    send(sqs, url, "x", "b", MessageDeduplicationId="d")
    send(sqs, url, "x", "b", MessageDeduplicationId="d")
    assert len(receive(sqs, url)) == 2


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ({"MessageDeduplicationId": "d"}, "MissingParameter", "The request must contain the parameter MessageGroupId."),
        (
            {"MessageGroupId": "g"},
            "InvalidParameterValue",
            "The queue should either have ContentBasedDeduplication enabled or "
            "MessageDeduplicationId provided explicitly",
        ),
        (
            {"MessageGroupId": "g", "MessageDeduplicationId": "d", "DelaySeconds": 2},
            "InvalidParameterValue",
            "Value 2 for parameter DelaySeconds is invalid. "
            "Reason: The request include parameter that is not valid for this queue type.",
        ),
        (
            {"MessageGroupId": "g 1", "MessageDeduplicationId": "d"},
            "InvalidParameterValue",
            "Value g 1 for parameter MessageGroupId is invalid. "
            "Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.",
        ),
    ],
)
def test_send_message_checks_what_a_fifo_queue_needs(sqs, options, code, message):
    url = make(sqs, ContentBasedDeduplication="false")
    with pytest.raises(ClientError) as caught:
        sqs.send_message(QueueUrl=url, MessageBody="x", **options)
    assert (error_of(caught)["Code"], error_of(caught)["Message"]) == (code, message)


def test_the_delay_of_a_fifo_queue_is_the_queues_and_retroactive(aws, sqs):
    url = make(sqs, DelaySeconds="60")
    send(sqs, url, "x")
    assert not receive(sqs, url)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "10"})
    aws.advance(10)
    assert bodies(receive(sqs, url)) == ["x"]


def test_a_fifo_queue_redrives_in_order_to_a_fifo_queue(aws, sqs):
    dead = make(sqs, "dead.fifo")
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    url = make(sqs, RedrivePolicy=policy, VisibilityTimeout="0")
    for body in ("1", "2", "3"):
        send(sqs, url, body)
    assert bodies(receive(sqs, url, 2)) == ["1", "2"]
    assert bodies(receive(sqs, url, 2)) == ["3"]
    assert bodies(receive(sqs, dead)) == ["1", "2"]


def test_a_standard_queue_is_no_dead_letter_queue_of_a_fifo_queue(sqs):
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    with pytest.raises(ClientError) as caught:
        make(sqs, RedrivePolicy=json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1}))
    assert error_of(caught)["Code"] == "InvalidParameterValue"


def test_purge_forgets_duplicates(sqs):
    url = make(sqs)
    send(sqs, url, "x")
    sqs.purge_queue(QueueUrl=url)
    assert not receive(sqs, url)
    send(sqs, url, "x")
    assert bodies(receive(sqs, url)) == ["x"]


def test_a_receive_request_attempt_is_answered_again_as_it_was(aws, sqs):
    url = make(sqs, VisibilityTimeout="30")
    for body in ("1", "2", "3"):
        send(sqs, url, body)
    first = receive(sqs, url, 2, ReceiveRequestAttemptId="try-1")
    assert bodies(first) == ["1", "2"]
    aws.advance(20)
    again = receive(sqs, url, 2, ReceiveRequestAttemptId="try-1")
    assert [message["ReceiptHandle"] for message in again] == [message["ReceiptHandle"] for message in first]
    assert {message["Attributes"]["ApproximateReceiveCount"] for message in again} == {"1"}
    aws.advance(20)
    assert not receive(sqs, url), "the messages are hidden anew"
    assert not receive(sqs, url, ReceiveRequestAttemptId="try-2")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again[0]["ReceiptHandle"])
    assert not receive(sqs, url, ReceiveRequestAttemptId="try-1"), "a message has changed"
    aws.advance(31)
    assert bodies(receive(sqs, url, ReceiveRequestAttemptId="try-1")) == ["2", "3"]


def test_a_standard_queue_knows_no_receive_request_attempts(sqs):
    url = sqs.create_queue(QueueName="standard")["QueueUrl"]
    with pytest.raises(ClientError) as caught:
        sqs.receive_message(QueueUrl=url, ReceiveRequestAttemptId="try-1")
    assert error_of(caught)["Code"] == "InvalidParameterValue"


def test_duplicates_within_a_batch_are_answered_alike(sqs):
    url = make(sqs)
    entries = [
        {"Id": str(n), "MessageBody": body, "MessageGroupId": "g"} for n, body in enumerate(["a", "b", "a", "c", "b"])
    ]
    answers = [entry["MessageId"] for entry in sqs.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]]
    assert answers[0] == answers[2]
    assert answers[1] == answers[4]
    assert bodies(receive(sqs, url)) == ["a", "b", "c"]


def test_a_poison_message_at_the_head_of_a_group_blocks_neither_its_group_nor_others(aws, sqs):
    dead = make(sqs, "dead.fifo")
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    url = make(sqs, "source.fifo", RedrivePolicy=policy)
    for number in range(12):
        send(sqs, url, f"poison {number}", group=f"bad-{number}")
    assert len(receive(sqs, url, 10, VisibilityTimeout=0)) == 10
    received = []
    for number in range(3):
        send(sqs, url, f"fine {number}", group="bad-0")
    send(sqs, url, "other", group="good")
    while batch := receive(sqs, url, 10, VisibilityTimeout=60):
        received += bodies(batch)
    assert sorted(received) == sorted(["poison 10", "poison 11", "fine 0", "fine 1", "fine 2", "other"])
    assert received.index("fine 0") < received.index("fine 1") < received.index("fine 2")


def test_throughput_of_a_fifo_queue_without_high_throughput_is_limited_when_throttling_is_on(tmp_path):
    server = ServerProcess(tmp_path, {"throttling": "on", "clock": "virtual"})
    session = Serein(server.endpoint)
    sqs = session.client("sqs", config=Config(retries={"max_attempts": 0}))
    slow = make(sqs, "slow.fifo")
    fast = make(sqs, "fast.fifo", FifoThroughputLimit="perMessageGroupId", DeduplicationScope="messageGroup")
    for _ in range(300):
        sqs.receive_message(QueueUrl=slow)
    with pytest.raises(ClientError) as caught:
        sqs.receive_message(QueueUrl=slow)
    assert error_of(caught)["Code"] == "RequestThrottled"
    send(sqs, slow, "another action")
    for _ in range(301):
        sqs.receive_message(QueueUrl=fast)
    session.clock.advance(1)
    sqs.receive_message(QueueUrl=slow)
    server.stop()


def test_a_batch_names_a_missing_group_under_another_code_than_a_single_message(sqs):
    url = make(sqs, ContentBasedDeduplication="false")
    entries = [{"Id": "a", "MessageBody": "x", "MessageDeduplicationId": "1"}]
    words = "The request must contain the parameter MessageGroupId."
    with pytest.raises(ClientError) as batch:
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    with pytest.raises(ClientError) as single:
        sqs.send_message(QueueUrl=url, MessageBody="x", MessageDeduplicationId="1")
    assert batch.value.response["Error"]["Code"] == "InvalidParameterValue"
    assert single.value.response["Error"]["Code"] == "MissingParameter"
    assert batch.value.response["Error"]["Message"] == single.value.response["Error"]["Message"] == words
