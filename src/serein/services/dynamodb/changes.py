"""Changes: what streams say of an item that was written."""

from typing import Any

from serein.kernel.ids import new_uuid, random_hex
from serein.services.dynamodb.destinations import MILLISECOND
from serein.services.dynamodb.images import Image
from serein.services.dynamodb.sizes import size_of_item
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.values import Item, encode_json

RETENTION_SECONDS = 24 * 3600
_SEQUENCE_BASE = 10**20
_BY_TTL = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
_KINESIS_BY_TTL = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


def sequence_number(sequence: int) -> str:
    """A record's number as AWS shows it: 21 digits, so that the order of the texts is that of the numbers."""
    return str(_SEQUENCE_BASE + sequence)


def find_sequence(number: str) -> int | None:
    """The number that `sequence_number` was given, or None when the text is none of ours."""
    if not number.isdecimal() or not number.isascii() or len(number) != len(str(_SEQUENCE_BASE)):
        return None
    return max(int(number) - _SEQUENCE_BASE, 0)


def encode_record(
    table: Table, view_type: str, sequence: int, now: float, before: Image | None, after: Image | None, *, by_ttl: bool
) -> bytes:
    """A stream record's JSON text, in the wire form of DynamoDB Streams."""
    keys = _keys(table, before, after)
    change: dict[str, Any] = {"ApproximateCreationDateTime": int(now), "Keys": keys}
    size = size_of_item(keys)
    if after is not None and view_type in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
        change["NewImage"] = after.item
        size += after.size
    if before is not None and view_type in ("OLD_IMAGE", "NEW_AND_OLD_IMAGES"):
        change["OldImage"] = before.item
        size += before.size
    change["SequenceNumber"] = sequence_number(sequence)
    change["SizeBytes"] = size
    change["StreamViewType"] = view_type
    record = {
        "eventID": random_hex(32),
        "eventName": _name(before, after),
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": table.arn.split(":", 4)[3],
        "dynamodb": change,
    }
    if by_ttl:
        record["userIdentity"] = _BY_TTL
    return encode_json(record)


def encode_kinesis_record(
    table: Table, precision: str, now: float, before: Image | None, after: Image | None, *, by_ttl: bool
) -> bytes:
    """A change's JSON text as data streams get it."""
    keys = _keys(table, before, after)
    units = 1_000 if precision == MILLISECOND else 1_000_000
    change: dict[str, Any] = {"ApproximateCreationDateTime": int(now * units), "Keys": keys}
    size = size_of_item(keys)
    if after is not None:
        change["NewImage"] = after.item
        size += after.size
    if before is not None:
        change["OldImage"] = before.item
        size += before.size
    change["SizeBytes"] = size
    change["ApproximateCreationDateTimePrecision"] = precision
    return encode_json(
        {
            "awsRegion": table.arn.split(":", 4)[3],
            "eventID": new_uuid(),
            "eventName": _name(before, after),
            "userIdentity": _KINESIS_BY_TTL if by_ttl else None,
            "recordFormat": "application/json",
            "tableName": table.name,
            "dynamodb": change,
            "eventSource": "aws:dynamodb",
        }
    )


def _keys(table: Table, before: Image | None, after: Image | None) -> Item:
    known = after or before
    return {name: known.item[name] for name in table.key.names} if known else {}


def _name(before: Image | None, after: Image | None) -> str:
    return "INSERT" if before is None else "REMOVE" if after is None else "MODIFY"
