"""From the records of imported objects to items: CSV, DynamoDB JSON and Amazon Ion.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Format.html
"""

import csv
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.images import Image, image_of
from serein.services.dynamodb.jobs.wirevalues import parse_wire_item
from serein.services.dynamodb.keys import Key, key_of_item
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.values import parse_item
from serein.services.dynamodb.writes import require_index_keys

ParseRecord = Callable[[bytes], dict[str, Any]]
"""From a record to an item as requests hold it. Raises ValidationException."""
Parsed = tuple[Key, Image] | str
"""An item and its key, or why there is none."""


def parse_records(records: list[bytes], parse: ParseRecord, table: Table) -> list[Parsed]:
    """Parse records, each for itself. Takes a millisecond a record at worst: call it in a thread."""
    return [_parse_record(record, parse, table) for record in records]


def _parse_record(record: bytes, parse: ParseRecord, table: Table) -> Parsed:
    try:
        item = parse_item(parse(record))
        image = image_of(item)
        key = key_of_item(item, table.key)
        require_index_keys(table, item)
    except ValidationException as error:
        return error.message
    except RecursionError:
        return "The record is nested too deeply"
    return key, image


def parse_json_record(record: bytes) -> dict[str, Any]:
    """An item of an object in DynamoDB JSON: `{"Item": {…}}`."""
    try:
        found = msgspec.json.decode(record)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ValidationException(f"The record is no JSON: {error}") from None
    if not isinstance(found, dict) or "Item" not in found:
        raise ValidationException("The record has no Item")
    return parse_wire_item(found["Item"])


def ion_parser() -> ParseRecord:
    """A parser of items in Ion: `$ion_1_0 {Item: {…}}`."""
    read = _ion_reader()
    return lambda record: {name: _value_of_ion(value) for name, value in read(record)["Item"].items()}


def ion_members() -> ParseRecord:
    """A parser of records in Ion that hold PutItem's members: `$ion_1_0 {Item: {…}, ConditionExpression: "…"}`."""
    read = _ion_reader()
    return lambda record: {name: _member_of_put(name, value) for name, value in read(record).items()}


def _ion_reader() -> Callable[[bytes], Any]:
    """What reads a record as a struct that has an Item, itself a struct."""
    # Why here: it takes 60 ms and 8 MB to import, and imports of Ion are rare.
    from amazon.ion import simpleion
    from amazon.ion.exceptions import IonException

    def read(record: bytes) -> Any:
        try:
            found = simpleion.loads(record.decode())
        except (IonException, UnicodeDecodeError, ValueError, ArithmeticError, AttributeError, TypeError) as error:
            raise ValidationException(f"The record is no Ion: {str(error)[:200]}") from None
        if not _is_struct(found) or "Item" not in found or not _is_struct(found["Item"]):
            raise ValidationException("The record has no Item")
        return found

    return read


def _member_of_put(name: str, value: Any) -> Any:
    if name in ("Item", "ExpressionAttributeValues") and _is_struct(value):
        return {inner: _value_of_ion(member) for inner, member in value.items()}
    if _is_struct(value):
        return {inner: str(member) for inner, member in value.items()}
    return str(value)


def _is_struct(value: Any) -> bool:
    return _ion_type(value) == "STRUCT"


def _ion_type(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value.ion_type.name)


def _value_of_ion(value: Any) -> dict[str, Any]:
    kind = _ion_type(value)
    if kind == "STRUCT":
        return {"M": {name: _value_of_ion(member) for name, member in value.items()}}
    if kind == "LIST":
        annotations = [annotation.text for annotation in value.ion_annotations]
        for name in ("SS", "NS", "BS"):
            if f"$dynamodb_{name}" in annotations:
                return {name: [_member_of_ion(name[0], member) for member in value]}
        return {"L": [_value_of_ion(member) for member in value]}
    if kind == "STRING":
        return {"S": str(value)}
    if kind in ("DECIMAL", "INT"):
        return {"N": str(Decimal(value))}
    if kind == "BLOB":
        return {"B": bytes(value)}
    if kind == "BOOL":
        return {"BOOL": bool(value)}
    if kind == "NULL":
        return {"NULL": True}
    raise ValidationException(f"Ion's type {kind.lower()} has no counterpart in DynamoDB")


def _member_of_ion(kind: str, member: Any) -> Any:
    value = _value_of_ion(member)
    if kind not in value:
        raise ValidationException(f"A set of type {kind}S has a member of another type")
    return value[kind]


def csv_parser(delimiter: str, header: list[str], types: dict[str, str]) -> ParseRecord:
    """A parser of rows. `types` are those of key attributes.

    AWS: every other column is a string.
    """

    def parse(record: bytes) -> dict[str, Any]:
        row = parse_row(record, delimiter)
        if len(row) != len(header):
            raise ValidationException(
                f"The number of columns does not match the header: expected {len(header)}, found {len(row)}"
            )
        return {name: _typed(types.get(name, "S"), text) for name, text in zip(header, row, strict=True)}

    return parse


def parse_row(record: bytes, delimiter: str) -> list[str]:
    """The columns of a row. Raises ValidationException."""
    try:
        rows = list(csv.reader([record.decode("utf-8-sig")], delimiter=delimiter, strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise ValidationException(f"The row is no CSV: {error}") from None
    return rows[0] if rows else []


def _typed(kind: str, text: str) -> dict[str, Any]:
    if kind != "B":
        return {kind: text}
    try:
        return {"B": b64decode(text, validate=True)}
    except (NotBase64, ValueError):
        raise ValidationException("Binary values must be base64 text") from None
