"""Messages: send, receive, hide, delete, batches, limits."""

import hashlib
import threading

import pytest
from botocore.exceptions import ClientError


def error_of(caught):
    return caught.value.response["Error"]


@pytest.fixture
def sqs(aws):
    return aws.client("sqs")


@pytest.fixture
def url(sqs):
    return sqs.create_queue(QueueName="orders")["QueueUrl"]


def receive(sqs, url, **options):
    return sqs.receive_message(QueueUrl=url, **options).get("Messages", [])


def counts(sqs, url):
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    names = ("", "NotVisible", "Delayed")
    return tuple(int(attributes[f"ApproximateNumberOfMessages{name}"]) for name in names)


def test_a_message_is_sent_received_and_deleted(aws, sqs, url):
    sent = sqs.send_message(QueueUrl=url, MessageBody="grüße")
    assert sent["MD5OfMessageBody"] == hashlib.md5("grüße".encode()).hexdigest()
    (message,) = receive(sqs, url, AttributeNames=["All"])
    assert message["MessageId"] == sent["MessageId"]
    assert message["Body"] == "grüße"
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert set(message["Attributes"]) == {
        "ApproximateFirstReceiveTimestamp",
        "ApproximateReceiveCount",
        "SenderId",
        "SentTimestamp",
    }
    assert counts(sqs, url) == (0, 1, 0)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert counts(sqs, url) == (0, 0, 0)


def test_messages_come_in_the_order_of_their_arrival(sqs, url):
    for number in range(5):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    assert [message["Body"] for message in receive(sqs, url, MaxNumberOfMessages=10)] == list("01234")


def test_a_received_message_comes_back_after_its_visibility_timeout(aws, sqs, url):
    sqs.send_message(QueueUrl=url, MessageBody="x")
    (first,) = receive(sqs, url, VisibilityTimeout=10)
    aws.advance(9)
    assert not receive(sqs, url)
    aws.advance(1)
    (second,) = receive(sqs, url, AttributeNames=["ApproximateReceiveCount"])
    assert second["MessageId"] == first["MessageId"]
    assert second["ReceiptHandle"] != first["ReceiptHandle"]
    assert second["Attributes"] == {"ApproximateReceiveCount": "2"}


def test_an_old_handle_still_deletes_from_a_standard_queue(aws, sqs, url):
    sqs.send_message(QueueUrl=url, MessageBody="x")
    (first,) = receive(sqs, url, VisibilityTimeout=1)
    aws.advance(2)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    assert counts(sqs, url) == (0, 0, 0)


def test_change_message_visibility_shows_hides_and_extends(aws, sqs, url):
    sqs.send_message(QueueUrl=url, MessageBody="x")
    (message,) = receive(sqs, url)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
    (message,) = receive(sqs, url)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=100)
    aws.advance(99)
    assert not receive(sqs, url)
    aws.advance(1)
    assert receive(sqs, url)


def test_change_message_visibility_of_a_deleted_message_is_refused(sqs, url):
    sqs.send_message(QueueUrl=url, MessageBody="x")
    (message,) = receive(sqs, url)
    handle = message["ReceiptHandle"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    with pytest.raises(ClientError) as caught:
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=1)
    assert error_of(caught)["Code"] == "InvalidParameterValue"
    assert error_of(caught)["Message"] == (
        f"Value {handle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available "
        "for visibility timeout change."
    )


def test_a_handle_that_is_none_is_refused(sqs, url):
    with pytest.raises(ClientError) as caught:
        sqs.delete_message(QueueUrl=url, ReceiptHandle="garbage")
    assert error_of(caught)["Code"] == "ReceiptHandleIsInvalid"
    assert error_of(caught)["Message"] == 'The input receipt handle "garbage" is not a valid receipt handle.'


def test_a_handle_of_another_queue_is_refused(sqs, url):
    other = sqs.create_queue(QueueName="other")["QueueUrl"]
    sqs.send_message(QueueUrl=other, MessageBody="x")
    (message,) = receive(sqs, other)
    with pytest.raises(ClientError) as caught:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert error_of(caught)["Code"] == "ReceiptHandleIsInvalid"


def test_delays_of_queue_and_message(aws, sqs, url):
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "5"})
    sqs.send_message(QueueUrl=url, MessageBody="by queue")
    sqs.send_message(QueueUrl=url, MessageBody="at once", DelaySeconds=0)
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=60)
    assert counts(sqs, url) == (1, 0, 2)
    assert [message["Body"] for message in receive(sqs, url, MaxNumberOfMessages=10)] == ["at once"]
    aws.advance(5)
    assert [message["Body"] for message in receive(sqs, url, MaxNumberOfMessages=10)] == ["by queue"]
    aws.advance(55)
    assert "later" in [message["Body"] for message in receive(sqs, url, MaxNumberOfMessages=10)]


def test_messages_past_their_retention_are_gone(aws, sqs, url):
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "60"})
    for _ in range(12):
        sqs.send_message(QueueUrl=url, MessageBody="old")
    aws.advance(59)
    sqs.send_message(QueueUrl=url, MessageBody="new")
    aws.advance(1)
    assert counts(sqs, url) == (1, 0, 0)
    assert [message["Body"] for message in receive(sqs, url, MaxNumberOfMessages=10)] == ["new"]


def test_a_long_poll_wakes_when_a_message_arrives(sqs, url):
    found = []
    poll = threading.Thread(target=lambda: found.extend(receive(sqs, url, WaitTimeSeconds=20)))
    poll.start()
    sqs.send_message(QueueUrl=url, MessageBody="x")
    poll.join(15)
    assert [message["Body"] for message in found] == ["x"]


def test_a_long_poll_wakes_when_a_delayed_message_becomes_visible(aws, sqs, url):
    sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=300)
    found = []
    poll = threading.Thread(target=lambda: found.extend(receive(sqs, url, WaitTimeSeconds=20)))
    poll.start()
    aws.advance(300)
    poll.join(15)
    assert [message["Body"] for message in found] == ["x"]


def test_a_long_poll_of_an_empty_queue_ends_while_the_virtual_clock_stands_still(sqs, url):
    assert not receive(sqs, url, WaitTimeSeconds=1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"MaxNumberOfMessages": 11},
            "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
        ),
        (
            {"WaitTimeSeconds": 21},
            "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.",
        ),
        (
            {"VisibilityTimeout": -1},
            "Value -1 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if provided.",
        ),
    ],
)
def test_receive_message_checks_its_numbers(sqs, url, options, message):
    with pytest.raises(ClientError) as caught:
        sqs.receive_message(QueueUrl=url, **options)
    assert (error_of(caught)["Code"], error_of(caught)["Message"]) == ("InvalidParameterValue", message)


def test_message_attributes_are_selected_by_name_and_prefix(sqs, url):
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "0"})
    texts = {"Help.Me": "Me", "Hello": "There", "General": "Kenobi"}
    attributes = {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}
    sent = sqs.send_message(QueueUrl=url, MessageBody="msg", MessageAttributes=attributes)
    assert sent["MD5OfMessageAttributes"] == "4c360f3fdafd970e05fae2f149d997f5"

    def names(patterns):
        (message,) = receive(sqs, url, MessageAttributeNames=patterns)
        return sorted(message.get("MessageAttributes", ())), message.get("MD5OfMessageAttributes")

    everything = (["General", "Hello", "Help.Me"], "4c360f3fdafd970e05fae2f149d997f5")
    assert names([]) == ([], None)
    assert names(["All"]) == names([".*"]) == names(["*"]) == everything
    assert names(["Foo", "Help"]) == ([], None)
    assert names(["Foo", "Hello"]) == (["Hello"], "a311262e065454b75da111d535b8dacd")
    assert names(["Hel.*"]) == (["Hello", "Help.Me"], "83fee93c1bcd8b9a5a923ffacdc636c7")


def test_binary_and_number_attributes_come_back_as_they_were(sqs, url):
    attributes = {
        "data": {"DataType": "Binary.png", "BinaryValue": b"\x00\xff"},
        "price": {"DataType": "Number", "StringValue": "12.50"},
    }
    sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes=attributes)
    (message,) = receive(sqs, url, MessageAttributeNames=["All"])
    assert message["MessageAttributes"] == attributes


@pytest.mark.parametrize(
    ("attribute", "message"),
    [
        (
            {"DataType": "String", "StringValue": ""},
            "Message (user) attribute 'a' must contain a non-empty value of type 'String'.",
        ),
        (
            {"DataType": "Nonsense", "StringValue": "x"},
            "The type of message (user) attribute 'a' is invalid. "
            "You must use only the following supported type prefixes: Binary, Number, String.",
        ),
        (
            {"DataType": "Number", "StringValue": "x"},
            "Can't cast the value of message (user) attribute 'a' to a number.",
        ),
    ],
)
def test_a_message_attribute_is_checked(sqs, url, attribute, message):
    with pytest.raises(ClientError) as caught:
        sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes={"a": attribute})
    assert (error_of(caught)["Code"], error_of(caught)["Message"]) == ("InvalidParameterValue", message)


@pytest.mark.parametrize("name", ["aWs.x", "AMAZON.x", ".x", "x.", "x..y", "x!", "x y", "L" * 257])
def test_a_message_attribute_name_is_checked(sqs, url, name):
    with pytest.raises(ClientError) as caught:
        sqs.send_message(
            QueueUrl=url, MessageBody="x", MessageAttributes={name: {"DataType": "String", "StringValue": "x"}}
        )
    assert error_of(caught)["Code"] == "InvalidParameterValue"


def test_the_trace_header_travels_with_the_message(sqs, url):
    trace = "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1"
    sent = sqs.send_message(
        QueueUrl=url,
        MessageBody="x",
        MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": trace}},
    )
    assert sent["MD5OfMessageSystemAttributes"]
    (message,) = receive(sqs, url, MessageSystemAttributeNames=["AWSTraceHeader"])
    assert message["Attributes"] == {"AWSTraceHeader": trace}


def test_an_empty_body_is_a_missing_parameter(sqs, url):
    with pytest.raises(ClientError) as caught:
        sqs.send_message(QueueUrl=url, MessageBody="")
    assert error_of(caught)["Code"] == "MissingParameter"
    assert error_of(caught)["Message"] == "The request must contain the parameter MessageBody."


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\ufffe"])
def test_characters_that_xml_cannot_hold_are_refused(sqs, url, character):
    with pytest.raises(ClientError) as caught:
        sqs.send_message(QueueUrl=url, MessageBody=f"x{character}")
    assert error_of(caught)["Code"] == "InvalidMessageContents"


def test_a_message_of_one_mebibyte_passes_and_a_longer_one_does_not(sqs, url):
    sqs.send_message(QueueUrl=url, MessageBody="x" * 1_048_576)
    with pytest.raises(ClientError) as caught:
        sqs.send_message(QueueUrl=url, MessageBody="x" * 1_048_577)
    assert error_of(caught)["Message"] == (
        "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes."
    )


def test_a_fair_queue_shows_the_group_of_a_message(sqs, url):
    sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="tenant")
    (message,) = receive(sqs, url, AttributeNames=["MessageGroupId"])
    assert message["Attributes"] == {"MessageGroupId": "tenant"}


def test_a_batch_fails_entry_by_entry(sqs, url):
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"MaximumMessageSize": "1024"})
    entries = [{"Id": "short", "MessageBody": "x"}, {"Id": "long", "MessageBody": "x" * 1025}]
    reply = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert [entry["Id"] for entry in reply["Successful"]] == ["short"]
    assert reply["Failed"] == [
        {
            "Id": "long",
            "SenderFault": True,
            "Code": "InvalidParameterValue",
            "Message": "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.",
        }
    ]


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        ([], "AWS.SimpleQueueService.EmptyBatchRequest"),
        (
            [{"Id": str(n), "MessageBody": "x"} for n in range(11)],
            "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
        ),
        ([{"Id": "a", "MessageBody": "x"}] * 2, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
        ([{"Id": "a.b", "MessageBody": "x"}], "AWS.SimpleQueueService.InvalidBatchEntryId"),
        (
            [{"Id": "a", "MessageBody": "x" * 1_048_576}, {"Id": "b", "MessageBody": "x"}],
            "AWS.SimpleQueueService.BatchRequestTooLong",
        ),
    ],
)
def test_a_batch_is_checked_as_a_whole(sqs, url, entries, code):
    with pytest.raises(ClientError) as caught:
        sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert error_of(caught)["Code"] == code


def test_batches_delete_and_change_visibility(sqs, url):
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": str(n)} for n in range(4)])
    messages = receive(sqs, url, MaxNumberOfMessages=10)
    handles = [message["ReceiptHandle"] for message in messages]
    shown = sqs.change_message_visibility_batch(
        QueueUrl=url,
        Entries=[
            {"Id": "a", "ReceiptHandle": handles[0], "VisibilityTimeout": 0},
            {"Id": "b", "ReceiptHandle": "garbage", "VisibilityTimeout": 0},
        ],
    )
    assert [entry["Id"] for entry in shown["Successful"]] == ["a"]
    assert [(entry["Id"], entry["Code"]) for entry in shown["Failed"]] == [("b", "ReceiptHandleIsInvalid")]
    reply = sqs.delete_message_batch(
        QueueUrl=url, Entries=[{"Id": str(n), "ReceiptHandle": handle} for n, handle in enumerate(handles)]
    )
    assert len(reply["Successful"]) == 4
    assert counts(sqs, url) == (0, 0, 0)


def test_purge_deletes_messages_of_every_state_once_a_minute(aws, sqs, url):
    for _ in range(2):
        sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=10)
    assert receive(sqs, url)
    assert counts(sqs, url) == (1, 1, 1)
    sqs.purge_queue(QueueUrl=url)
    assert counts(sqs, url) == (0, 0, 0)
    with pytest.raises(ClientError) as caught:
        sqs.purge_queue(QueueUrl=url)
    assert error_of(caught)["Code"] == "AWS.SimpleQueueService.PurgeQueueInProgress"
    aws.advance(60)
    sqs.purge_queue(QueueUrl=url)
