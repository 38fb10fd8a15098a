"""What is published: checked as AWS checks it, and put into words for each protocol."""

import json
import re
from hashlib import sha256
from typing import Any

import msgspec

from serein.kernel.operation import Request
from serein.services.sns.errors import InvalidParameter, ParameterValueInvalid, invalid, missing
from serein.services.sns.topics import Topic

MOST_BYTES = 262_144
_SUBJECT = re.compile(r"[^\x00-\x1f\x7f]{1,100}\Z")
_TOKEN = re.compile(r"[!-~]{1,128}\Z")
_NAME_CHARACTER = re.compile(r"[^A-Za-z0-9_.-]")

Attributes = dict[str, dict[str, Any]]


class Message(msgspec.Struct, frozen=True):
    """A message to publish, before it has an id."""

    text: str
    by_protocol: dict[str, str]
    """With MessageStructure json: the texts for single protocols."""
    subject: str | None
    attributes: Attributes
    size_bytes: int
    group_id: str | None
    deduplication_id: str | None

    def text_for(self, protocol: str) -> str:
        return self.by_protocol.get(protocol, self.text)


def parse_message(entry: Request, path: str = "messageAttributes", platform: str = "") -> Message:
    """Check what Publish, or an entry of PublishBatch, is given. `path` is where AWS sees the attributes.

    AWS: a message for one device of a `platform` needs no default text when it has one for the platform.
    """
    text = entry.get("Message")
    if not text:
        raise invalid("Empty message")
    subject = entry.get("Subject")
    if subject is not None and (not _SUBJECT.match(subject) or subject[0] in " \t"):
        raise invalid("Subject")
    structure = entry.get("MessageStructure")
    if structure not in {None, "json"}:
        raise invalid("MessageStructure")
    by_protocol = _parse_structure(text, platform) if structure == "json" else {}
    attributes: Attributes = entry.get("MessageAttributes") or {}
    attributes_bytes = sum(_parse_attribute(name, attribute, path) for name, attribute in attributes.items())
    size_bytes = len(text.encode()) + attributes_bytes
    if size_bytes > MOST_BYTES:
        raise invalid("Message too long")
    return Message(
        text=by_protocol.pop("default", "") if by_protocol else text,
        by_protocol=by_protocol,
        subject=subject,
        attributes=attributes,
        size_bytes=size_bytes,
        group_id=_parse_token(entry, "MessageGroupId"),
        deduplication_id=_parse_token(entry, "MessageDeduplicationId"),
    )


def require_routable(topic: Topic, message: Message) -> None:
    """Check what a message says of groups and duplicates against its topic's type. Raises InvalidParameter."""
    if not topic.is_fifo:
        if message.deduplication_id is not None:
            raise invalid(
                "MessageDeduplicationId",
                "The request includes MessageDeduplicationId parameter that is not valid for this topic type",
            )
        return
    if message.group_id is None:
        raise invalid("The MessageGroupId parameter is required for FIFO topics")
    if message.deduplication_id is None and not topic.deduplicates_by_content:
        raise invalid(
            "The topic should either have ContentBasedDeduplication enabled or "
            "MessageDeduplicationId provided explicitly"
        )


def deduplication_id_of(message: Message) -> str:
    """The id that a FIFO topic, and the queues behind it, tell duplicates by."""
    return message.deduplication_id or sha256(message.text.encode()).hexdigest()


def sequence_text(sequence: int) -> str:
    """AWS's form of a sequence number: twenty digits that grow, not one by one."""
    return str(10_000_000_000_000_000_000 + sequence * 1000)


def _parse_structure(text: str, platform: str) -> dict[str, str]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        raise invalid("Message Structure - JSON message body failed to parse") from None
    if not isinstance(parsed, dict) or not isinstance(parsed.get("default", parsed.get(platform)), str):
        raise invalid("Message Structure - No default entry in JSON message body")
    # AWS: entries that are no text, and those of protocols that there aren't, are passed over.
    return {protocol: content for protocol, content in parsed.items() if isinstance(content, str)}


def _parse_token(entry: Request, name: str) -> str | None:
    value = entry.get(name)
    if value is None or _TOKEN.match(value):
        return value
    raise InvalidParameter(
        f"Invalid parameter: The {name} parameter is invalid. {name} can only include alphanumeric and punctuation "
        "characters. 1 to 128 in length."
    )


def _parse_attribute(name: str, attribute: dict[str, Any], path: str) -> int:
    """Check a message attribute and return how many bytes it counts for. Raises ParameterValueInvalid."""
    _require_name(name)
    kind = attribute.get("DataType")
    if kind is None:
        raise missing(f"{path}.{name}.member.dataType")
    prefix, dot, custom = kind.partition(".")
    if prefix not in {"String", "Number", "Binary"} or (dot and not custom):
        raise ParameterValueInvalid(
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type "
            "prefixes is Binary, Number, and String."
        )
    wanted, other = ("BinaryValue", "StringValue") if prefix == "Binary" else ("StringValue", "BinaryValue")
    content = attribute.get(wanted)
    if content is None and attribute.get(other) is not None:
        raise ParameterValueInvalid(
            f"The message attribute '{name}' with type '{kind}' must use field '{wanted.removesuffix('Value')}'."
        )
    if not content:
        raise ParameterValueInvalid(
            f"The message attribute '{name}' must contain non-empty message attribute value for message attribute "
            f"type '{kind}'."
        )
    if prefix == "Number":
        _require_number(name, content)
    content_bytes = content if isinstance(content, bytes) else content.encode()
    return len(name.encode()) + len(kind.encode()) + len(content_bytes)


def _require_number(name: str, content: str) -> None:
    try:
        float(content)
    except ValueError:
        raise ParameterValueInvalid(f"Could not cast message attribute '{name}' value to number.") from None


def _require_name(name: str) -> None:
    if len(name) > 256:
        raise ParameterValueInvalid("Length of message attribute name must be less than 256 bytes.")
    forbidden = _NAME_CHARACTER.search(name)
    if forbidden is not None:
        raise ParameterValueInvalid(
            f"Invalid non-alphanumeric character '#x{ord(forbidden.group()):X}' was found in the message attribute "
            "name. Can only include alphanumeric characters, hyphens, underscores, or dots."
        )
    if name.startswith("."):
        raise ParameterValueInvalid("Invalid message attribute name starting with character '.' was found.")
    if name.endswith("."):
        raise ParameterValueInvalid("Invalid message attribute name ending with character '.' was found.")
    if ".." in name:
        raise ParameterValueInvalid("Message attribute name can not have successive '.' character.")
