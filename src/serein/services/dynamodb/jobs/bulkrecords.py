"""The records of a bulk operation's objects: an item, and maybe the condition under which it is put.

A record is `{"Item": {…}}` as in an import, and next to the item it may have PutItem's members `ConditionExpression`,
`ExpressionAttributeNames` and `ExpressionAttributeValues`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.conditions import Test
from serein.services.dynamodb.expressions.reading import parse_expressions, require_one_style
from serein.services.dynamodb.images import Image, image_of
from serein.services.dynamodb.jobs.importformats import ion_members
from serein.services.dynamodb.jobs.wirevalues import parse_wire_item
from serein.services.dynamodb.keys import Key, key_of_item
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.values import parse_item
from serein.services.dynamodb.writes import require_index_keys

_MEMBERS = frozenset(("Item", "ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"))
Members = dict[str, Any]
ReadRecord = Callable[[bytes], Members]
"""From a record to PutItem's members. Raises ValidationException."""


class Put(NamedTuple):
    """An item to be put, if a test allows it."""

    key: Key
    image: Image
    test: Test | None


def parse_puts(records: list[bytes], read: ReadRecord, table: Table) -> list[Put | str]:
    """Parse records, each for itself; a text says what is wrong with one. Call it in a thread."""
    return [_parse(record, read, table) for record in records]


def _parse(record: bytes, read: ReadRecord, table: Table) -> Put | str:
    try:
        members = read(record)
        item = parse_item(members["Item"])
        image = image_of(item)
        key = key_of_item(item, table.key)
        require_index_keys(table, item)
        require_one_style(members, ("ConditionExpression",), ())
        condition = parse_expressions(members).condition
    except ValidationException as error:
        return error.message
    except RecursionError:
        return "The record is nested too deeply"
    return Put(key, image, condition.test if condition else None)


def record_reader(input_format: str) -> ReadRecord:
    """What reads the records of a format."""
    if input_format == "DYNAMODB_JSON":
        return read_json_record
    members_of = ion_members()

    def read_ion_record(record: bytes) -> Members:
        members = members_of(record)
        _require_members(members)
        return members

    return read_ion_record


def read_json_record(record: bytes) -> Members:
    """PutItem's members in a line of JSON. Raises ValidationException."""
    try:
        found = msgspec.json.decode(record)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValidationException(f"The record is no JSON: {error}") from None
    if not isinstance(found, dict) or "Item" not in found:
        raise ValidationException("The record has no Item")
    for name in ("Item", "ExpressionAttributeValues"):
        if name in found:
            found[name] = parse_wire_item(found[name])
    _require_members(found)
    return found


def _require_members(members: Members) -> None:
    unknown = [name for name in members if name not in _MEMBERS]
    if unknown:
        raise ValidationException(f"The record has unknown members: {', '.join(unknown)}")
    names = members.get("ExpressionAttributeNames", {})
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise ValidationException("ExpressionAttributeNames of a record must be names of attributes")
    if not isinstance(members.get("ConditionExpression", ""), str):
        raise ValidationException("ConditionExpression of a record must be a text")
