"""Reading with SELECT: the pages of the queries or scans that a statement is.

As on AWS, what a WHERE clause says beyond that is a filter: a page's limits count what was read, not what is returned.
"""

from dataclasses import dataclass
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Encoded, Reply
from serein.services.dynamodb.capacity import Consumed, read_units
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.binding import Resolved, find_at, require_apart
from serein.services.dynamodb.expressions.conditions import bind_condition, paths_of
from serein.services.dynamodb.expressions.projections import Projection
from serein.services.dynamodb.partiql.binding import Bound
from serein.services.dynamodb.partiql.nodes import Select
from serein.services.dynamodb.partiql.plans import plan_of
from serein.services.dynamodb.partiql.positions import Position
from serein.services.dynamodb.reads import Reading, key_names, read, require_index, start_of, visible_attributes
from serein.services.dynamodb.requests import encoded, require_scalar_keys
from serein.services.dynamodb.store.pages import Range
from serein.services.dynamodb.store.tables import require_table
from serein.services.dynamodb.tables import Index, Table
from serein.services.dynamodb.throttling import require_read
from serein.services.dynamodb.values import Item

_PAGE_BYTES = 1024 * 1024
_PARTITIONS_A_PAGE = 10
"""AWS: what an IN finds comes in pages of ten, which are taken to be ten of its values
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-operators.html)."""
Request = dict[str, Any]


class Columns(Projection):
    """The parts of items that a SELECT lists, each as an attribute of its own.

    AWS: a nested attribute comes back at the top level, under the last name of its path.
    """

    __slots__ = ("_columns",)

    def __init__(self, paths: list[Resolved]) -> None:
        super().__init__(paths)
        self._columns = [(_column_name(path), path) for path in paths]

    def apply(self, item: Item) -> Item:
        return {name: value for name, path in self._columns if (value := find_at(item, path)) is not None}


def _column_name(path: Resolved) -> str:
    last = max(at for at, part in enumerate(path) if isinstance(part, str))
    return str(path[last]) + "".join(f"[{position}]" for position in path[last + 1 :])


@dataclass(slots=True)
class Found:
    """One page of a SELECT."""

    table: Table
    index: Index | None
    bodies: list[bytes]
    sizes: list[int]
    """Bytes read, for each query or scan."""
    fetched_units: float
    """What it costs to fetch from the table what a local index doesn't hold, read consistently."""
    next: Position | None
    last: Item | None
    """The key of the last item that was looked at, when the page ends there."""


def select(tx: Transaction, call: Call, bound: Bound, request: Request, position: Position) -> Found:
    """Read the page of a SELECT that begins at a position. Raises ValidationException, ResourceNotFoundException."""
    statement = require_select(bound)
    projection = columns_of(bound, statement)
    if statement.where is not None:
        bind_condition(statement.where, bound.placeholders)
    table = require_table(tx, call.scope, statement.table)
    wanted = {"ConsistentRead": request.get("ConsistentRead", False)}
    if statement.index is not None:
        wanted["IndexName"] = statement.index
    index = require_index(table, wanted)
    require_scalars(table, bound, statement, projection)
    require_read(call.platform, table, index)
    attributes = visible_attributes(index, {}, projection)
    plan = plan_of(table, index, bound, statement)
    found = Found(table, index, [], [], 0.0, None, None)
    limit = request.get("Limit")
    for at in range(position.partition, len(plan.ranges)):
        if at >= position.partition + _PARTITIONS_A_PAGE:
            found.next = Position(at, None)
            return found
        wanted_range = plan.ranges[at]
        if at == position.partition and position.last is not None:
            wanted_range = wanted_range._replace(after=_after(position.last, table, index, wanted_range))
        reading = Reading(table, index, wanted_range, limit, plan.test, projection, attributes, False)
        page = read(tx, reading)
        found.bodies += page.bodies
        found.sizes.append(page.size)
        found.fetched_units += page.fetched_units
        if page.last is not None:
            found.last = {name: page.last[name] for name in key_names(table, index)}
            found.next = Position(at, found.last)
            return found
        limit = None if limit is None else limit - page.scanned
        if sum(found.sizes) >= _PAGE_BYTES:
            found.next = Position(at + 1, None) if at + 1 < len(plan.ranges) else None
            return found
    return found


def require_select(bound: Bound) -> Select:
    """The SELECT that a statement is. Raises ValidationException when it is something else."""
    if not isinstance(bound.statement, Select):
        raise ValidationException("Only SELECT statements can be used to read")
    return bound.statement


def columns_of(bound: Bound, statement: Select) -> Columns | None:
    """What a SELECT lists; None for everything. Raises ValidationException."""
    if statement.columns is None:
        return None
    paths = [bound.placeholders.path(path) for path in statement.columns]
    require_apart(paths)
    return Columns(paths)


def require_scalars(table: Table, bound: Bound, statement: Select, projection: Columns | None) -> None:
    """Check that no path looks inside a key attribute. Raises ValidationException."""
    if projection is not None:
        require_scalar_keys(table, projection.paths)
    if statement.where is not None:
        require_scalar_keys(table, paths_of(statement.where, bound.placeholders))


def _after(last: Item, table: Table, index: Index | None, wanted: Range) -> tuple[bytes, bytes, bytes, bytes]:
    if set(last) != set(key_names(table, index)):
        raise ValidationException("NextToken does not match request")
    after = start_of(last, table, index)
    if wanted.pk is not None and after[0] != wanted.pk:
        raise ValidationException("NextToken does not match request")
    return after


def units_of(request: Request, found: Found) -> tuple[float, float]:
    """What was read costs, and what fetching from the table costs what a local index doesn't hold."""
    is_consistent = request.get("ConsistentRead", False)
    units = sum(read_units(size, is_consistent=is_consistent) for size in found.sizes)
    return units, found.fetched_units if is_consistent else found.fetched_units / 2


def reply_of(request: Request, found: Found, next_token: str | None) -> Reply:
    """The reply that tells of a page."""
    reply: Reply = {"Items": Encoded(b"[" + b",".join(found.bodies) + b"]")}
    if next_token is not None:
        reply["NextToken"] = next_token
        if found.last is not None:
            reply["LastEvaluatedKey"] = encoded(found.last)
    consumed = Consumed(request.get("ReturnConsumedCapacity"))
    if consumed.is_wanted:
        units, fetched = units_of(request, found)
        if found.index is None:
            consumed.add(found.table, units)
        else:
            consumed.add(found.table, fetched, {found.index.name: units})
        reply["ConsumedCapacity"] = consumed.one()
    return reply
