"""Scan: all items of a table or index, or of one segment of it."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.conditions import Test
from serein.services.dynamodb.expressions.projections import Projection
from serein.services.dynamodb.expressions.reading import Expressions, parse_expressions, require_one_style
from serein.services.dynamodb.keys import segment_bounds
from serein.services.dynamodb.legacy import find_attributes_to_get, find_filter
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
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.throttling import is_counted, require_read, spend_read
from serein.services.dynamodb.values import Item

_REQUIRED = frozenset(("TableName",))
_FREE = _REQUIRED | {
    "FilterExpression",
    "ProjectionExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ConsistentRead",
    "ExclusiveStartKey",
}


@operation("Scan")
async def scan(call: Call, request: Request) -> Reply:
    require_constraints(call, request, _REQUIRED, _FREE)
    require_one_style(
        request,
        ("ProjectionExpression", "FilterExpression"),
        ("AttributesToGet", "ScanFilter", "ConditionalOperator"),
    )
    legacy_projection = find_attributes_to_get(request)
    legacy_test = find_filter(request, "ScanFilter")
    start = parse_start_key(request)
    _require_segment(request)
    expressions = parse_expressions(request)
    require_select(request)
    test = expressions.filter.test if expressions.filter else legacy_test
    projection = expressions.projection or legacy_projection

    counts = is_counted(call.platform)

    def run(tx: Transaction) -> tuple[Reading, Page]:
        table = require_table(tx, call.scope, request["TableName"])
        reading = _reading(table, request, start, test, projection, expressions)
        if counts:
            require_read(call.platform, table, reading.index)
        return reading, read(tx, reading)

    reading, page = await call.read(run)
    if counts:
        spend_read(call.platform, reading.table, reading.index, *units_of(request, page))
    return reply_of(request, reading, page)


def _require_segment(request: Request) -> None:
    segment, total = request.get("Segment"), request.get("TotalSegments")
    if segment is not None and total is None:
        raise ValidationException(
            "The TotalSegments parameter is required but was not present in the request when Segment parameter is "
            "present"
        )
    if total is not None and segment is None:
        raise ValidationException(
            "The Segment parameter is required but was not present in the request when parameter TotalSegments is "
            "present"
        )
    if segment is not None and total is not None and segment >= total:
        raise ValidationException(
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            f"Segment: {segment} is not less than TotalSegments: {total}"
        )


def _reading(
    table: Table,
    request: Request,
    start: Item | None,
    test: Test | None,
    projection: Projection | None,
    expressions: Expressions,
) -> Reading:
    index = require_index(table, request, "Scan")
    if start is not None and len(start) != len(key_names(table, index)):
        reason = "" if index else ": The provided key element does not match the schema"
        raise ValidationException(f"The provided starting key is invalid{reason}")
    attributes = visible_attributes(index, request, projection)
    low, high = b"", None
    if "TotalSegments" in request and request["TotalSegments"] > 1:
        low, high = segment_bounds(request["Segment"], request["TotalSegments"])
    after = None
    if start is not None:
        after = start_of(start, table, index)
        if after[0] < low or (high is not None and after[0] >= high):
            raise ValidationException(
                "The provided starting key is invalid: Invalid ExclusiveStartKey. Please use ExclusiveStartKey with "
                f"correct Segment. TotalSegments: {request['TotalSegments']} Segment: {request['Segment']}"
            )
    if projection is not None:
        require_scalar_keys(table, projection.paths)
    if expressions.filter is not None:
        require_scalar_keys(table, expressions.filter.paths)
    wanted = Range(table.id, None if index is None else index.id, low_pk=low, high_pk=high, after=after)
    is_count = request.get("Select") == "COUNT"
    return Reading(table, index, wanted, request.get("Limit"), test, projection, attributes, is_count)
