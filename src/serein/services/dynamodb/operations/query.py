"""Query: items of one partition of a table or index, in the order of their sort keys."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.constraints import require_limit
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.conditions import Test, show_value
from serein.services.dynamodb.expressions.keyconditions import KeyCondition, KeyRange, includes, key_range_of
from serein.services.dynamodb.expressions.projections import Projection
from serein.services.dynamodb.expressions.reading import Expressions, parse_expressions, require_one_style
from serein.services.dynamodb.legacy import find_attributes_to_get, find_filter, find_key_conditions
from serein.services.dynamodb.reads import (
    Page,
    Reading,
    key_names,
    parse_start_key,
    read,
    reply_of,
    require_index,
    require_select,
    start_of,
    units_of,
    visible_attributes,
)
from serein.services.dynamodb.requests import require_constraints, require_scalar_keys
from serein.services.dynamodb.store.pages import Range
from serein.services.dynamodb.store.tables import require_table
from serein.services.dynamodb.tables import Index, Table
from serein.services.dynamodb.throttling import is_counted, require_read, spend_read
from serein.services.dynamodb.values import Item

_MOST_CONDITIONS = 8
_REQUIRED = frozenset(("TableName",))
_FREE = _REQUIRED | {
    "KeyConditionExpression",
    "FilterExpression",
    "ProjectionExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ScanIndexForward",
    "ConsistentRead",
    "ExclusiveStartKey",
}


@operation("Query")
async def query(call: Call, request: Request) -> Reply:
    require_limit(request)
    require_constraints(call, request, _REQUIRED, _FREE)
    require_one_style(
        request,
        ("ProjectionExpression", "FilterExpression", "KeyConditionExpression"),
        ("AttributesToGet", "QueryFilter", "ConditionalOperator", "KeyConditions"),
    )
    legacy_test = find_filter(request, "QueryFilter")
    legacy_projection = find_attributes_to_get(request)
    start = parse_start_key(request)
    if "KeyConditions" not in request and "KeyConditionExpression" not in request:
        raise ValidationException(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
        )
    expressions = parse_expressions(request)
    conditions = find_key_conditions(request) if expressions.keys is None else expressions.keys
    if conditions is None or not 1 <= len(conditions) <= (_MOST_CONDITIONS if "IndexName" in request else 2):
        raise ValidationException("Conditions can be of length 1 or 2 only")
    require_select(request)
    test = expressions.filter.test if expressions.filter else legacy_test
    projection = expressions.projection or legacy_projection

    counts = is_counted(call.platform)

    def run(tx: Transaction) -> tuple[Reading, Page]:
        table = require_table(tx, call.scope, request["TableName"])
        reading = _reading(table, request, conditions, start, test, projection, expressions)
        if counts:
            require_read(call.platform, table, reading.index)
        return reading, read(tx, reading)

    reading, page = await call.read(run)
    if counts:
        spend_read(call.platform, reading.table, reading.index, *units_of(request, page))
    return reply_of(request, reading, page)


def _reading(
    table: Table,
    request: Request,
    conditions: dict[str, KeyCondition],
    start: Item | None,
    test: Test | None,
    projection: Projection | None,
    expressions: Expressions,
) -> Reading:
    index = require_index(table, request)
    if start is not None and index is None and not table.key.range and table.key.hash in start:
        # AWS: such a partition has one item, so nothing can follow it.
        raise ValidationException(
            f"The provided exclusive start key is invalid: ExclusiveStartKey: {{{table.key.hash}=AttributeValue: "
            f"{show_value(start[table.key.hash])}}}"
        )
    if start is not None and len(start) != len(key_names(table, index)):
        raise ValidationException("The provided starting key is invalid")
    schema = index.key if index else table.key
    keys = key_range_of(conditions, schema)
    after = None
    if start is not None:
        after = start_of(start, table, index)
        _require_within(keys, after, has_sort_condition=len(conditions) > len(schema.hashes))
    _require_usable(table, index, request, projection, expressions)
    wanted = Range(
        table.id,
        None if index is None else index.id,
        keys.pk,
        keys.low,
        keys.is_low_included,
        keys.high,
        keys.is_high_included,
        after=after,
        is_forward=request.get("ScanIndexForward", True),
    )
    attributes = visible_attributes(index, request, projection)
    is_count = request.get("Select") == "COUNT"
    return Reading(table, index, wanted, request.get("Limit"), test, projection, attributes, is_count)


def _require_within(keys: KeyRange, after: tuple[bytes, ...], *, has_sort_condition: bool) -> None:
    if has_sort_condition and not includes(keys, after[1]):
        raise ValidationException("The provided starting key does not match the range key predicate")
    if after[0] != keys.pk:
        # AWS: this is what it says of any other partition once there is a condition on the sort key.
        raise ValidationException(
            "The query can return at most one row and cannot be restarted"
            if has_sort_condition
            else "The provided starting key is outside query boundaries based on provided conditions"
        )


def _require_usable(
    table: Table, index: Index | None, request: Request, projection: Projection | None, expressions: Expressions
) -> None:
    """Check projection and filter against the keys. Raises ValidationException."""
    if projection is not None:
        require_scalar_keys(table, projection.paths)
    schema = index.key if index else table.key
    filtered = set(request.get("QueryFilter", ()))
    if expressions.filter is not None:
        filtered = {str(path[0]) for path in expressions.filter.paths}
    for name in schema.names:
        if name in filtered:
            kind = "QueryFilter" if "QueryFilter" in request else "Filter Expression"
            raise ValidationException(
                f"{kind} can only contain non-primary key attributes: Primary key attribute: {name}"
            )
    if expressions.filter is not None:
        require_scalar_keys(table, expressions.filter.paths)
