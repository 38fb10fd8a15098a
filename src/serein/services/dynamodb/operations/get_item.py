"""GetItem: read the item that has a key."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Encoded, Reply, Request, operation
from serein.services.dynamodb.capacity import Consumed, read_units
from serein.services.dynamodb.expressions.reading import parse_expressions, require_one_style
from serein.services.dynamodb.keys import key_of_request
from serein.services.dynamodb.legacy import find_attributes_to_get
from serein.services.dynamodb.requests import encoded, require_constraints, require_scalar_keys
from serein.services.dynamodb.store.items import find_item
from serein.services.dynamodb.store.tables import require_table
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.throttling import is_counted, require_read, spend_read
from serein.services.dynamodb.values import decode_item, parse_item

_REQUIRED = frozenset(("TableName", "Key"))
_FREE = _REQUIRED | {"ConsistentRead", "ProjectionExpression", "ExpressionAttributeNames"}
_NO_PARTS = _REQUIRED | {"ConsistentRead"}


@operation("GetItem")
async def get_item(call: Call, request: Request) -> Reply:
    require_constraints(call, request, _REQUIRED, _FREE)
    key_item = parse_item(request["Key"])
    projection = None
    if not request.keys() <= _NO_PARTS:
        require_one_style(request, ("ProjectionExpression",), ("AttributesToGet",))
        projection = find_attributes_to_get(request) or parse_expressions(request).projection

    counts = is_counted(call.platform)

    def get(tx: Transaction) -> tuple[Table, tuple[bytes, int] | None]:
        table = require_table(tx, call.scope, request["TableName"])
        key = key_of_request(key_item, table.key)
        if counts:
            require_read(call.platform, table)
        if projection is not None:
            require_scalar_keys(table, projection.paths)
        return table, find_item(tx, table.id, key)

    table, found = await call.read(get)
    reply: Reply = {}
    if found is not None:
        body = found[0]
        reply["Item"] = Encoded(body) if projection is None else encoded(projection.apply(decode_item(body)))
    consumed = Consumed(request.get("ReturnConsumedCapacity"))
    if consumed.is_wanted or counts:
        units = read_units(found[1] if found else 0, is_consistent=request.get("ConsistentRead", False))
        spend_read(call.platform, table, None, units)
        if consumed.is_wanted:
            consumed.add(table, units)
            reply["ConsumedCapacity"] = consumed.one()
    return reply
