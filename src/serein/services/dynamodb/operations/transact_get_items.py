"""TransactGetItems: up to 100 items of several tables, as they are at one moment."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Encoded, Reply, Request, operation
from serein.services.dynamodb.capacity import Consumed, read_units
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.projections import Projection
from serein.services.dynamodb.expressions.reading import parse_expressions, require_one_style
from serein.services.dynamodb.keys import Key, key_of_request
from serein.services.dynamodb.replicachanges import require_transactable
from serein.services.dynamodb.requests import encoded, require_constraints, require_scalar_keys
from serein.services.dynamodb.store.items import find_item
from serein.services.dynamodb.store.tables import require_table
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.throttling import Spending, find_spending
from serein.services.dynamodb.transactions import MOST_BYTES, cancelled, refusal_of, require_reads
from serein.services.dynamodb.values import Item, decode_item, parse_item


@operation("TransactGetItems")
async def transact_get_items(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    wanted = [_parse(given["Get"]) for given in request["TransactItems"]]
    consumed = Consumed(request.get("ReturnConsumedCapacity"), "ReadCapacityUnits")

    def get(tx: Transaction) -> tuple[list[dict[str, Any]], Spending | None]:
        located = _locate([(require_table(tx, call.scope, name), key, parts) for name, key, parts in wanted])
        if len({(table.id, key) for table, key in located}) != len(located):
            raise ValidationException("Transaction request cannot include multiple operations on one item")
        consumed.clear()
        spending = find_spending(call.platform, (table for table, _ in located))
        if spending is not None:
            require_reads(spending, [table for table, _ in located])
        responses = []
        size = 0
        for (table, key), (_, _, projection) in zip(located, wanted, strict=True):
            row = find_item(tx, table.id, key)
            size += row[1] if row else 0
            units = 2 * read_units(row[1] if row else 0, is_consistent=True)
            consumed.add(table, units)
            if spending is not None:
                spending.add_read(table, None, units)
            responses.append({} if row is None else {"Item": _shown(row[0], projection)})
        if size > MOST_BYTES:
            raise ValidationException("Transaction request cannot exceed an aggregate size of 4 MB")
        return responses, spending

    responses, spending = await call.read(get)
    if spending is not None:
        spending.settle()
    reply: Reply = {"Responses": responses}
    if consumed.is_wanted:
        reply["ConsumedCapacity"] = consumed.all()
    return reply


def _locate(wanted: list[tuple[Table, Item, Projection | None]]) -> list[tuple[Table, Key]]:
    """Each item's table and key. Raises TransactionCanceledException for those that can't be."""
    located = []
    reasons: list[dict[str, Any]] = [{"Code": "None"}] * len(wanted)
    for at, (table, key_item, projection) in enumerate(wanted):
        require_transactable(table)
        try:
            located.append((table, key_of_request(key_item, table.key)))
            if projection is not None:
                require_scalar_keys(table, projection.paths)
        except ValidationException as error:
            reasons[at] = refusal_of(error)
    if any(reason["Code"] != "None" for reason in reasons):
        raise cancelled(reasons)
    return located


def _parse(members: dict[str, Any]) -> tuple[str, Item, Projection | None]:
    require_one_style(members, ("ProjectionExpression",), ())
    return members["TableName"], parse_item(members["Key"]), parse_expressions(members).projection


def _shown(body: bytes, projection: Projection | None) -> Encoded:
    return Encoded(body) if projection is None else encoded(projection.apply(decode_item(body)))
