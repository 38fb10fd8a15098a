"""DeleteItem: remove the item that has a key; not an error when there is none."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Encoded, Reply, Request, operation
from serein.services.dynamodb.capacity import Consumed
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.reading import parse_expressions, require_one_style
from serein.services.dynamodb.images import Image
from serein.services.dynamodb.itemcollections import add_collection_metrics
from serein.services.dynamodb.keys import key_of_request
from serein.services.dynamodb.legacy import find_expected
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.tables import require_table
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.throttling import Spending, begin_write, is_counted, settle, write_counted
from serein.services.dynamodb.values import parse_item
from serein.services.dynamodb.writes import find_image, require_condition, write

_REQUIRED = frozenset(("TableName", "Key"))
_FREE = _REQUIRED | {"ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"}


@operation("DeleteItem")
async def delete_item(call: Call, request: Request) -> Reply:
    require_constraints(call, request, _REQUIRED, _FREE)
    require_one_style(request, ("ConditionExpression",), ("Expected", "ConditionalOperator"))
    key_item = parse_item(request["Key"])
    wants = request.get("ReturnValues", "NONE")
    if wants not in ("ALL_OLD", "NONE"):
        raise ValidationException("ReturnValues can only be ALL_OLD or NONE")
    legacy = find_expected(request)
    condition = parse_expressions(request).condition
    test = condition.test if condition else legacy
    consumed = Consumed(request.get("ReturnConsumedCapacity"))
    shows_item = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"

    counts = is_counted(call.platform)

    def delete(tx: Transaction) -> tuple[Table, Image | None, Spending | None]:
        table = require_table(tx, call.scope, request["TableName"])
        key = key_of_request(key_item, table.key)
        spending = begin_write(call.platform, table) if counts else None
        before = None
        if test is not None or wants == "ALL_OLD" or table.is_observed or consumed.is_wanted or spending is not None:
            before = find_image(tx, table, key)
        if test is not None:
            require_condition(test, before, shows_item=shows_item)
        if spending is not None:
            spending.write(table, before, None)
        write(tx, table, key, before, None)
        return table, before, spending

    table, before, spending = await (
        write_counted(call, request["TableName"], delete) if counts else call.write(delete)
    )
    settle(spending)
    reply: Reply = {}
    if wants == "ALL_OLD" and before is not None:
        reply["Attributes"] = Encoded(before.body)
    if consumed.is_wanted:
        consumed.add_write(table, before, None)
        reply["ConsumedCapacity"] = consumed.one()
    await add_collection_metrics(call, reply, request, table, key_item)
    return reply
