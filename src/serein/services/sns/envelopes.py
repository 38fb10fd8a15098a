"""What subscribers are sent: the notification for queues and endpoints, and the event for functions.

A publication is packed once: what differs between its subscribers is put in when each of them gets it.
"""

from base64 import b64encode
from collections.abc import Collection
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec

from serein.services.sns.messages import Message, sequence_text
from serein.services.sns.signing import Seal
from serein.services.sns.topics import Topic

_encode = msgspec.json.encode
UNSIGNED = frozenset({"email", "sms", "application"})
"""The protocols that get texts without an envelope."""


class SealWanted(Exception):
    """The message has a subscriber that gets it signed, and no seal, or one of another version than the topic's."""


class Publication(msgspec.Struct, frozen=True):
    """A message that was published to a topic."""

    topic: Topic
    message: Message
    message_id: str
    published_at: float
    sequence: int
    """0 for a standard topic."""
    deduplication_id: str
    endpoint: str
    """Where this platform is reached, for the URLs in what is sent."""
    seal: Seal | None = None
    is_replayed: bool = False


@lru_cache(maxsize=256)
def timestamp_of(now: float) -> str:
    """A time as SNS writes it: UTC, with milliseconds."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def signed_members(topic_arn: str, message: Message, message_id: str, published_at: float) -> dict[str, str]:
    """What of a notification is signed, besides its text."""
    members = {
        "MessageId": message_id,
        "Timestamp": timestamp_of(published_at),
        "TopicArn": topic_arn,
        "Type": "Notification",
    }
    return members if message.subject is None else {**members, "Subject": message.subject}


def pack(
    publication: Publication, protocols: Collection[str], wrapped: Collection[str], trace_id: str
) -> dict[str, Any]:
    """Everything that deliveries of a publication need: JSON values and bytes only.

    `protocols` are those that it has subscribers of, `wrapped` those among them that get it in an envelope.
    Raises SealWanted.
    """
    topic, message = publication.topic, publication.message
    packed: dict[str, Any] = {
        "Topic": topic.arn,
        "MessageId": publication.message_id,
        "PublishedAt": publication.published_at,
        "Subject": message.subject,
        "Texts": _texts(message, protocols),
        "Heads": {protocol: _head(publication, protocol) for protocol in wrapped},
        "Tail": _tail(message),
        "Attributes": message.attributes,
        "GroupId": message.group_id,
        "DeduplicationId": publication.deduplication_id,
        "TraceId": trace_id,
        "Endpoint": publication.endpoint,
    }
    if topic.feedback:
        packed["Feedback"] = topic.feedback
    if publication.is_replayed:
        packed["Replayed"] = True
    if "lambda" in protocols:
        packed["Event"] = _event(publication)
    return packed


def notification(packed: dict[str, Any], protocol: str, subscription_arn: str) -> str:
    """The JSON text that a queue gets, laid out as AWS lays it out."""
    return "".join((packed["Heads"][protocol], unsubscribe_url(packed, subscription_arn), packed["Tail"]))


def stream_line(packed: dict[str, Any], subscription_arn: str, *, is_raw: bool) -> bytes:
    """The record that a delivery stream gets: a line, without a signature.

    AWS: https://docs.aws.amazon.com/sns/latest/dg/firehose-archived-message-format-S3.html
    """
    text = packed["Texts"]["firehose"]
    if is_raw:
        return f"{text}\n".encode()
    members: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": packed["MessageId"],
        "TopicArn": packed["Topic"],
        "Subject": packed["Subject"],
        "Message": text,
        "Timestamp": timestamp_of(packed["PublishedAt"]),
        "UnsubscribeURL": unsubscribe_url(packed, subscription_arn),
    }
    if packed["Subject"] is None:
        del members["Subject"]
    if packed["Attributes"]:
        members["MessageAttributes"] = _shown(packed["Attributes"])
    return _encode(members) + b"\n"


def function_event(packed: dict[str, Any], subscription_arn: str) -> bytes:
    """The event that a function gets. AWS: its names end in Url where a queue's end in URL."""
    sns = packed["Event"] | {"UnsubscribeUrl": unsubscribe_url(packed, subscription_arn)}
    # AWS: the attributes come last.
    sns["MessageAttributes"] = sns.pop("MessageAttributes")
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription_arn,
        "Sns": sns,
    }
    return _encode({"Records": [record]})


def _texts(message: Message, protocols: Collection[str]) -> dict[str, str]:
    texts = {protocol: message.text_for(protocol) for protocol in protocols}
    # Why all: an endpoint's text goes by its platform (`GCM`), which isn't its protocol.
    return texts | message.by_protocol if "application" in protocols else texts


def _head(publication: Publication, protocol: str) -> str:
    """A notification up to the address in its last member. AWS: FIFO topics sign nothing."""
    topic, message = publication.topic, publication.message
    text = message.text_for(protocol)
    members: list[tuple[str, Any]] = [("Type", "Notification"), ("MessageId", publication.message_id)]
    if publication.sequence:
        members.append(("SequenceNumber", sequence_text(publication.sequence)))
    members.append(("TopicArn", topic.arn))
    if message.subject is not None:
        members.append(("Subject", message.subject))
    members += [("Message", text), ("Timestamp", timestamp_of(publication.published_at))]
    if publication.is_replayed:
        members.append(("Replayed", True))
    if not publication.sequence:
        seal = _require_seal(publication)
        members += [
            ("SignatureVersion", topic.signature_version),
            ("Signature", seal.signature(text)),
            ("SigningCertURL", seal.certificate_url),
        ]
    lines = [f'  "{name}" : {_encode(value).decode()}' for name, value in members]
    return "{\n" + ",\n".join(lines) + ',\n  "UnsubscribeURL" : "'


def _tail(message: Message) -> str:
    if not message.attributes:
        return '"\n}'
    attributes = [
        f"    {_encode(name).decode()} : {_encode(value).decode()}" for name, value in _attributes_of(message).items()
    ]
    return '",\n  "MessageAttributes" : {\n' + ",\n".join(attributes) + "\n  }\n}"


def _event(publication: Publication) -> dict[str, Any]:
    topic, message = publication.topic, publication.message
    text = message.text_for("lambda")
    event: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": publication.message_id,
        "TopicArn": topic.arn,
        "Subject": message.subject,
        "Message": text,
        "Timestamp": timestamp_of(publication.published_at),
    }
    if not publication.sequence:
        seal = _require_seal(publication)
        # AWS: events for functions say 1 even where the signature is of version 2.
        event["SignatureVersion"] = "1"
        event["Signature"] = seal.signature(text)
        event["SigningCertUrl"] = seal.certificate_url
    event["MessageAttributes"] = _attributes_of(message)
    return event


def _require_seal(publication: Publication) -> Seal:
    seal = publication.seal
    if seal is None or seal.version != publication.topic.signature_version:
        raise SealWanted
    return seal


def _attributes_of(message: Message) -> dict[str, dict[str, Any]]:
    return _shown(message.attributes)


def _shown(attributes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        name: {"Type": attribute["DataType"], "Value": _value_of(attribute)} for name, attribute in attributes.items()
    }


def _value_of(attribute: dict[str, Any]) -> str:
    content = attribute.get("BinaryValue")
    return str(attribute["StringValue"]) if content is None else b64encode(content).decode()


def unsubscribe_url(packed: dict[str, Any], subscription_arn: str) -> str:
    """Where a subscription is ended; it ends with the subscription's ARN."""
    return f"{packed['Endpoint']}/?Action=Unsubscribe&SubscriptionArn={subscription_arn}"
