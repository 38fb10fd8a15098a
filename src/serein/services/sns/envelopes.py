"""What subscribers are sent: the notification for queues and the event for functions."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from serein.services.sns.messages import Message, sequence_text
from serein.services.sns.subscriptions import Subscription
from serein.services.sns.topics import Topic

_encode = msgspec.json.encode


@dataclass(frozen=True, slots=True)
class Publication:
    """A message that was published to a topic."""

    topic: Topic
    message: Message
    message_id: str
    timestamp: str
    sequence: int
    """0 for a standard topic."""
    deduplication_id: str
    endpoint: str
    """Where this platform is reached, for the URLs in what is sent."""


def timestamp_of(now: float) -> str:
    """A time as SNS writes it: UTC, with milliseconds."""
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def notification(publication: Publication, subscription: Subscription) -> str:
    """The JSON text that a queue gets, laid out as AWS lays it out. AWS: FIFO topics sign nothing."""
    message = publication.message
    members: list[tuple[str, str]] = [("Type", "Notification"), ("MessageId", publication.message_id)]
    if publication.sequence:
        members.append(("SequenceNumber", sequence_text(publication.sequence)))
    members.append(("TopicArn", publication.topic.arn))
    if message.subject is not None:
        members.append(("Subject", message.subject))
    members += [("Message", message.text_for(subscription.protocol)), ("Timestamp", publication.timestamp)]
    if not publication.sequence:
        members += [
            ("SignatureVersion", publication.topic.attributes.get("SignatureVersion", "1")),
            ("Signature", ""),
            ("SigningCertURL", _certificate_url(publication)),
        ]
    members.append(("UnsubscribeURL", _unsubscribe_url(publication, subscription)))
    lines = [f'  "{name}" : {_encode(value).decode()}' for name, value in members]
    if message.attributes:
        attributes = [
            f"    {_encode(name).decode()} : {_encode(value).decode()}"
            for name, value in _attributes_of(message).items()
        ]
        lines.append('  "MessageAttributes" : {\n' + ",\n".join(attributes) + "\n  }")
    return "{\n" + ",\n".join(lines) + "\n}"


def function_event(publication: Publication, subscription: Subscription) -> bytes:
    """The event that a function gets. AWS: its names end in Url where a queue's end in URL."""
    message = publication.message
    return _encode(
        {
            "Records": [
                {
                    "EventSource": "aws:sns",
                    "EventVersion": "1.0",
                    "EventSubscriptionArn": subscription.arn,
                    "Sns": {
                        "Type": "Notification",
                        "MessageId": publication.message_id,
                        "TopicArn": publication.topic.arn,
                        "Subject": message.subject,
                        "Message": message.text_for(subscription.protocol),
                        "Timestamp": publication.timestamp,
                        "SignatureVersion": "1",
                        "Signature": "",
                        "SigningCertUrl": _certificate_url(publication),
                        "UnsubscribeUrl": _unsubscribe_url(publication, subscription),
                        "MessageAttributes": _attributes_of(message),
                    },
                }
            ]
        }
    )


def _attributes_of(message: Message) -> dict[str, dict[str, Any]]:
    return {
        name: {"Type": attribute["DataType"], "Value": _value_of(attribute)}
        for name, attribute in message.attributes.items()
    }


def _value_of(attribute: dict[str, Any]) -> str:
    content = attribute.get("BinaryValue")
    return str(attribute["StringValue"]) if content is None else b64encode(content).decode()


def _certificate_url(publication: Publication) -> str:
    return f"{publication.endpoint}/SimpleNotificationService.pem"


def _unsubscribe_url(publication: Publication, subscription: Subscription) -> str:
    return f"{publication.endpoint}/?Action=Unsubscribe&SubscriptionArn={subscription.arn}"
