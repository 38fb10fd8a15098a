"""The checksums and handles of SQS."""

import base64
import hashlib
import struct

from hypothesis import given
from hypothesis import strategies as st

from serein.services.sqs.checksums import md5_of_attributes
from serein.services.sqs.messages import MOST_BYTES, parse_draft, sequence_text
from serein.services.sqs.queues import new_order, queue_of
from serein.services.sqs.receipts import find_receipt, handle_of

ATTRIBUTES = (
    '{"DelaySeconds":"0","VisibilityTimeout":"30","ReceiveMessageWaitTimeSeconds":"0",'
    '"MessageRetentionPeriod":"345600","MaximumMessageSize":"1048576"}'
)
QUEUE = queue_of(7, "000000000000", "us-east-1", "orders", ATTRIBUTES, 0.0, 0.0)


def test_the_checksum_of_attributes_is_the_one_aws_answered() -> None:
    texts = {"Help.Me": "Me", "Hello": "There", "General": "Kenobi"}
    attributes = {name: ["String", text] for name, text in texts.items()}
    assert md5_of_attributes(attributes) == "4c360f3fdafd970e05fae2f149d997f5"


@given(st.binary(min_size=1), st.text("abc", min_size=1, max_size=5))
def test_the_checksum_of_a_binary_attribute_is_over_its_bytes(content: bytes, name: str) -> None:
    kind = b"Binary"
    expected = hashlib.md5(
        struct.pack(">I", len(name))
        + name.encode()
        + struct.pack(">I", len(kind))
        + kind
        + b"\x02"
        + struct.pack(">I", len(content))
        + content
    ).hexdigest()
    assert md5_of_attributes({name: ["Binary", base64.b64encode(content).decode()]}) == expected


def test_a_draft_counts_names_types_and_values_of_attributes() -> None:
    attributes = {"ab": {"DataType": "String", "StringValue": "xyz"}, "c": {"DataType": "Binary", "BinaryValue": b"12"}}
    draft = parse_draft({"MessageBody": "ü", "MessageAttributes": attributes})
    assert draft.size_bytes == 2 + (2 + 6 + 3) + (1 + 6 + 2)
    assert draft.size_bytes < MOST_BYTES


@given(st.integers(0, 2**63 - 1), st.integers(1, 2**32 - 1))
def test_a_handle_says_which_receipt_of_which_message_it_is(message_key: int, receive_count: int) -> None:
    receipt = find_receipt(handle_of(QUEUE, message_key, receive_count))
    assert receipt is not None
    assert (receipt.queue_id, receipt.message_key, receipt.receive_count) == (QUEUE.id, message_key, receive_count)


@given(st.text() | st.binary().map(lambda content: base64.b64encode(content).decode()))
def test_anything_else_is_no_handle(text: str) -> None:
    assert find_receipt(text) is None


def test_orders_fit_63_bits_and_sequence_numbers_have_twenty_digits() -> None:
    order = new_order()
    assert 0 < order < 2**63
    assert len(sequence_text(order >> 10)) == 20
