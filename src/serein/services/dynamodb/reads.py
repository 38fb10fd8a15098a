"""Queries and scans: which items a request reads, and what it is told of them.

A page ends after `Limit` items, or with the item that takes it past 1 MB; both count what was read, not what the
filter left.
"""

from dataclasses import dataclass
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.operation import Encoded, Reply
from serein.services.dynamodb.capacity import Consumed, project, read_units
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.conditions import Test
from serein.services.dynamodb.expressions.projections import Projection
from serein.services.dynamodb.keys import Key, KeySchema, key_of_request
from serein.services.dynamodb.multikeys import multiple_key_of_request
from serein.services.dynamodb.requests import encoded
from serein.services.dynamodb.sizes import size_of_item
from serein.services.dynamodb.store.pages import Found, Range, read_page
from serein.services.dynamodb.tables import Index, Table
from serein.services.dynamodb.values import Item, decode_item, encode_json, parse_value

_PAGE_BYTES = 1024 * 1024
_FIRST_ROWS, _MOST_ROWS = 100, 4000
Request = dict[str, Any]
_UNPREFIXED = ("numeric value", "significant digits", "number with magnitude", "number set", "contains duplicates")


@dataclass(frozen=True, slots=True)
class Reading:
    """A query or scan, ready to be run."""

    table: Table
    index: Index | None
    wanted: Range
    limit: int | None
    test: Test | None
    projection: Projection | None
    attributes: frozenset[str] | None
    """What of the items can be seen through the index; None means everything."""
    is_count: bool

    @property
    def fetches(self) -> bool:
        """Whether the items come from the table, because the index doesn't hold all that is wanted."""
        return self.index is not None and self.index.attributes is not None and self.attributes is None


@dataclass(slots=True)
class Page:
    """What was read: what is left of it, as JSON texts, and the last item when there may be more."""

    bodies: list[bytes]
    count: int
    scanned: int
    size: int
    last: Item | None
    fetched_units: float = 0.0
    """What it costs to fetch the items from the table, read consistently."""


def parse_start_key(request: Request) -> Item | None:
    """ExclusiveStartKey in stored form, or None. Raises ValidationException for an invalid value."""
    given = request.get("ExclusiveStartKey")
    if given is None:
        return None
    parsed = {}
    for name, value in given.items():
        try:
            parsed[name] = parse_value(value)
        except ValidationException as error:
            # AWS: only some of the messages get the prefix.
            if any(part in error.message for part in _UNPREFIXED):
                raise
            raise ValidationException(f"The provided starting key is invalid: {error.message}") from None
    return parsed


def require_index(table: Table, request: Request, operation: str = "Query") -> Index | None:
    """The index that a request reads, or None for the table. Raises ValidationException."""
    name = request.get("IndexName")
    if name is None:
        return None
    index = table.find_index(name)
    if index is None:
        if table.find_vector_index(name) is not None:
            raise ValidationException(f"{operation} operation not supported on this index type.")
        raise ValidationException(f"The table does not have the specified index: {name}")
    if index.is_global and request.get("ConsistentRead"):
        raise ValidationException("Consistent reads are not supported on global secondary indexes")
    if index.is_backfilling:
        raise ValidationException(f"Cannot read from backfilling global secondary index: {name}")
    return index


def require_select(request: Request) -> None:
    """Check that Select goes with the other parameters. Raises ValidationException."""
    select = request.get("Select")
    parts = next((name for name in ("AttributesToGet", "ProjectionExpression") if name in request), None)
    if select == "SPECIFIC_ATTRIBUTES" and parts is None:
        raise ValidationException(
            "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
        )
    if select is not None and select != "SPECIFIC_ATTRIBUTES" and parts is not None:
        shown = "only the Count" if select == "COUNT" else select
        raise ValidationException(f"Cannot specify the {parts} when choosing to get {shown}")
    if select == "ALL_PROJECTED_ATTRIBUTES" and "IndexName" not in request:
        raise ValidationException("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")


def visible_attributes(index: Index | None, request: Request, projection: Projection | None) -> frozenset[str] | None:
    """What can be seen through an index; None for everything. Raises ValidationException for more than it has.

    AWS: a local index fetches from the table what it doesn't project, a global one can't.
    """
    if index is None or index.attributes is None:
        return None
    select = request.get("Select")
    if index.is_global:
        if select == "ALL_ATTRIBUTES":
            raise ValidationException(
                "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported for global "
                f"secondary index {index.name} because its projection type is not ALL"
            )
        missing = [str(path[0]) for path in projection.paths if path[0] not in index.attributes] if projection else []
        if missing:
            raise ValidationException(
                f"One or more parameter values were invalid: Global secondary index {index.name} does not project "
                f"[{', '.join(missing)}]"
            )
        return index.attributes
    is_beyond = projection is not None and any(path[0] not in index.attributes for path in projection.paths)
    return None if select == "ALL_ATTRIBUTES" or is_beyond else index.attributes


def start_of(start: Item, table: Table, index: Index | None) -> tuple[bytes, bytes, bytes, bytes]:
    """The position that an ExclusiveStartKey means. Raises ValidationException when it is none."""
    key = _start_key(start, table.key)
    if index is None:
        return (*key, b"", b"")
    return (*_start_key(start, index.key), *key)


def _start_key(start: Item, schema: KeySchema) -> Key:
    try:
        if schema.is_multiple:
            return multiple_key_of_request(start, schema)
        return key_of_request({name: start[name] for name in schema.names if name in start}, schema)
    except ValidationException as error:
        raise ValidationException(f"The provided starting key is invalid: {error.message}") from None


def key_names(table: Table, index: Index | None) -> tuple[str, ...]:
    """The attributes of a LastEvaluatedKey."""
    names = table.key.names
    if index is None:
        return names
    return names + tuple(name for name in index.key.names if name not in names)


def read(tx: Transaction, reading: Reading) -> Page:
    """Read one page."""
    page = Page([], 0, 0, 0, None)
    is_whole = reading.attributes is None and reading.test is None and reading.projection is None
    is_whole = is_whole and not reading.fetches
    wanted, rows = reading.wanted, _FIRST_ROWS
    while True:
        asked = rows if reading.limit is None else min(rows, reading.limit - page.scanned)
        found = read_page(tx, wanted, asked)
        if not found:
            return page
        last = _take_whole(page, reading, found) if is_whole else _take_parts(page, reading, found)
        if page.size >= _PAGE_BYTES or page.scanned == reading.limit:
            page.last = decode_item(last.body)
            return page
        if len(found) < asked:
            return page
        wanted = wanted._replace(after=(last.entry_pk, last.entry_sk, last.pk, last.sk))
        rows = min(rows * 4, _MOST_ROWS, (_PAGE_BYTES - page.size) * page.scanned // (page.size or 1) + 1)


def _take_whole(page: Page, reading: Reading, found: list[Found]) -> Found:
    """Count items that are wanted as they are, up to a full page, and keep their texts; return the last."""
    size = page.size
    for number, row in enumerate(found, 1):
        size += row.size
        if size >= _PAGE_BYTES:
            found = found[:number]
            break
    page.size = size
    page.scanned += len(found)
    page.count += len(found)
    if not reading.is_count:
        page.bodies += [row.body for row in found]
    return found[-1]


def _take_parts(page: Page, reading: Reading, found: list[Found]) -> Found:
    """Count items up to a full page, and keep what is wanted of those that are; return the last."""
    fetches = reading.fetches
    for row in found:
        page.scanned += 1
        item = decode_item(row.body)
        if fetches and reading.index is not None:
            page.size += size_of_item(project(item, reading.index))
            page.fetched_units += read_units(row.size, is_consistent=True)
        elif reading.attributes is not None and reading.index is not None:
            item = project(item, reading.index)
            page.size += size_of_item(item)
        else:
            page.size += row.size
        if reading.test is None or reading.test(item):
            page.count += 1
            if not reading.is_count:
                page.bodies.append(_text_of(reading, item, row))
        if page.size >= _PAGE_BYTES:
            return row
    return found[-1]


def _text_of(reading: Reading, item: Item, row: Found) -> bytes:
    """What is wanted of an item, as JSON."""
    if reading.projection is not None:
        return encode_json(reading.projection.apply(item))
    return row.body if reading.attributes is None else encode_json(item)


def reply_of(request: Request, reading: Reading, page: Page) -> Reply:
    """The reply that tells of a page."""
    reply: Reply = {"Count": page.count, "ScannedCount": page.scanned}
    if not reading.is_count:
        reply["Items"] = Encoded(b"[" + b",".join(page.bodies) + b"]")
    if page.last is not None:
        last = page.last
        reply["LastEvaluatedKey"] = encoded({name: last[name] for name in key_names(reading.table, reading.index)})
    consumed = Consumed(request.get("ReturnConsumedCapacity"))
    if consumed.is_wanted:
        units, fetched = units_of(request, page)
        if reading.index is None:
            consumed.add(reading.table, units)
        else:
            consumed.add(reading.table, fetched, {reading.index.name: units})
        reply["ConsumedCapacity"] = consumed.one()
    return reply


def units_of(request: Request, page: Page) -> tuple[float, float]:
    """What a page costs, and what it costs to fetch from the table what a local index doesn't hold.

    AWS: each item that a local index has fetched is a read of the table of its own.
    """
    is_consistent = request.get("ConsistentRead", False)
    fetched = page.fetched_units if is_consistent else page.fetched_units / 2
    return read_units(page.size, is_consistent=is_consistent), fetched
