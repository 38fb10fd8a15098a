"""Plans: which queries or scans a SELECT is.

A statement that confines the whole partition key is one query for each of its values, and every other one is a scan.
"""

from itertools import product
from typing import NamedTuple

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.conditions import Test
from serein.services.dynamodb.expressions.keyconditions import KeyCondition, key_range_of
from serein.services.dynamodb.expressions.nodes import Comparison, Condition, In
from serein.services.dynamodb.keys import KeySchema
from serein.services.dynamodb.partiql.binding import Bound
from serein.services.dynamodb.partiql.conditions import bind_terms, find_partitions, find_range, terms_of
from serein.services.dynamodb.partiql.nodes import Order, Select
from serein.services.dynamodb.store.pages import Range
from serein.services.dynamodb.tables import Index, Table
from serein.services.dynamodb.values import Value, sortable

_MOST_PARTITIONS = 50
Partition = dict[str, Value]
"""The values of a partition key's attributes."""


class Plan(NamedTuple):
    """The ranges of items that a SELECT reads, one after the other, and the test of what is in them."""

    ranges: list[Range]
    test: Test | None


def plan_of(table: Table, index: Index | None, bound: Bound, statement: Select) -> Plan:
    """The plan of a SELECT. Raises ValidationException when it doesn't fit the table or index."""
    schema = index.key if index is not None else table.key
    index_id = None if index is None else index.id
    terms = terms_of(statement.where)
    partitions = _find_partitions(schema, bound, statement)
    if partitions is None:
        _refuse_order(statement)
        return Plan([Range(table.id, index_id)], bind_terms(terms, bound.placeholders))
    is_forward = _order(partitions, schema, statement.orders)
    terms = [term for term in terms if not _is_certain(term, schema, partitions, bound)]
    sort = _take_ranges(terms, schema, bound)
    ranges = [_range(table.id, index_id, schema, partition, sort, is_forward=is_forward) for partition in partitions]
    return Plan(ranges, bind_terms(terms, bound.placeholders))


def _find_partitions(schema: KeySchema, bound: Bound, statement: Select) -> list[Partition] | None:
    """The partitions to which a statement is confined, or None when it isn't."""
    choices = []
    for name, _ in schema.hashes:
        values = find_partitions(statement.where, name)
        if values is None:
            return None
        if len(values) > _MOST_PARTITIONS:
            raise _too_many(len(values))
        choices.append(_distinct([bound.placeholders.value(value) for value in values]))
    names = [name for name, _ in schema.hashes]
    partitions = [dict(zip(names, values, strict=True)) for values in product(*choices)]
    if len(partitions) > _MOST_PARTITIONS:
        raise _too_many(len(partitions))
    return partitions


def _too_many(count: int) -> ValidationException:
    # AWS: at most 50 values of a partition key
    # (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-operators.html).
    return ValidationException(f"The IN operator is provided with too many operands; number of operands: {count}")


def _distinct(values: list[Value]) -> list[Value]:
    distinct: list[Value] = []
    for value in values:
        if value not in distinct:
            distinct.append(value)
    return distinct


def _is_certain(term: Condition, schema: KeySchema, partitions: list[Partition], bound: Bound) -> bool:
    """Whether a condition holds for whatever is in the partitions that are read."""
    if not isinstance(term, Comparison | In):
        return False
    for name, _ in schema.hashes:
        names = find_partitions(term, name)
        if names is not None:
            allowed = [bound.placeholders.value(value) for value in names]
            return all(partition[name] in allowed for partition in partitions)
    return False


def _take_ranges(terms: list[Condition], schema: KeySchema, bound: Bound) -> dict[str, KeyCondition]:
    """Take from the conditions those that a query can use for the sort key, equalities first.

    Of a sort key with several attributes it can use those from the left, and only the last without an equality.
    """
    taken: dict[str, KeyCondition] = {}
    for name, _ in schema.ranges:
        usable = [
            (condition.operator != "EQ", at, condition)
            for at, term in enumerate(terms)
            if (condition := find_range(term, name, bound.placeholders)) is not None
        ]
        if not usable:
            break
        is_last, at, taken[name] = min(usable)
        del terms[at]
        if is_last:
            break
    return taken


def _range(
    table_id: int,
    index_id: int | None,
    schema: KeySchema,
    partition: Partition,
    sort: dict[str, KeyCondition],
    *,
    is_forward: bool,
) -> Range:
    conditions = {name: KeyCondition("EQ", [value]) for name, value in partition.items()}
    keys = key_range_of({**conditions, **sort}, schema)
    return Range(
        table_id,
        index_id,
        keys.pk,
        keys.low,
        keys.is_low_included,
        keys.high,
        keys.is_high_included,
        is_forward=is_forward,
    )


def _refuse_order(statement: Select) -> None:
    if not statement.orders:
        return
    if statement.where is None:
        raise ValidationException("Must have WHERE clause in the statement when using ORDER BY clause.")
    raise ValidationException(
        "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause."
    )


def _order(partitions: list[Partition], schema: KeySchema, orders: tuple[Order, ...]) -> bool:
    """Put the partitions in order; True when the items within are to be read forward. Raises ValidationException."""
    for order in orders:
        if order.name not in schema.names:
            raise ValidationException(
                f"Variable reference {order.name} in ORDER BY clause must be part of the primary key"
            )
    if len({order.name for order in orders}) != len(orders):
        raise ValidationException("An attribute can only be used once in ORDER BY clause")
    kinds = dict(schema.hashes)
    if orders and len(partitions) > 1:
        if orders[0].name not in kinds:
            raise ValidationException(
                f"{schema.hash} must be the first attribute in ORDER BY clause when it has several values"
            )
        for order in reversed(orders):
            _sort(partitions, order, kinds.get(order.name))
    directions = {order.is_descending for order in orders if order.name not in kinds}
    if len(directions) > 1:
        raise ValidationException("The attributes of a sort key must have the same direction in ORDER BY clause")
    return True not in directions


def _sort(partitions: list[Partition], order: Order, kind: str | None) -> None:
    name = order.name
    if kind is not None and all(kind in partition[name] for partition in partitions):
        partitions.sort(key=lambda partition: sortable(partition[name]), reverse=order.is_descending)
