"""Records of sources as pipes show them.

AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-source.html; records of streams and queues
are what functions get, except that those of data streams have all members at the top.
"""

import base64
import binascii
from typing import Any

import msgspec

Record = dict[str, Any]


def shown(record: Record, role_arn: str) -> Record:
    """A record as a pipe shows it, from one as a function would get it."""
    if "kinesis" not in record:
        return record
    return {
        **record["kinesis"],
        **{name: value for name, value in record.items() if name != "kinesis"},
        "invokeIdentityArn": role_arn,
    }


def place_of(record: Record) -> str:
    """What the reader of the source knows a record by."""
    if "messageId" in record:
        return str(record["messageId"])
    return str(record["dynamodb"]["SequenceNumber"] if "dynamodb" in record else record["sequenceNumber"])


def identifier_of(record: Any) -> str | None:
    """What targets report a record by: its messageId or eventID, which enrichments pass on."""
    if not isinstance(record, dict):
        return None
    found = record.get("messageId") or record.get("eventID")
    return found if isinstance(found, str) else None


def opened(event: Any) -> Any:
    """An event with its body or data as JSON, where that is JSON: as paths see it.

    AWS: "Implicit body data parsing"
    (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html#input-transform-implicit)
    """
    if not isinstance(event, dict):
        return event
    source = event.get("eventSource")
    if source == "aws:kinesis" and isinstance(event.get("data"), str):
        return {**event, "data": _parsed(_decoded(event["data"]))}
    if source == "aws:sqs" and isinstance(event.get("body"), str):
        return {**event, "body": _parsed(event["body"])}
    return event


def _decoded(data: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return data


def _parsed(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
