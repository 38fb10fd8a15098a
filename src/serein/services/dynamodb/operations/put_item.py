"""PutItem: create an item, or replace the one that has its key."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Encoded, Reply, Request, operation
from serein.services.dynamodb.capacity import Consumed
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.reading import parse_expressions, require_one_style
from serein.services.dynamodb.images import Image, image_of
from serein.services.dynamodb.itemcollections import add_collection_metrics
from serein.services.dynamodb.keys import key_of_item
from serein.services.dynamodb.legacy import find_expected
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.tables import require_table
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.throttling import Spending, begin_write, is_counted, settle, write_counted
from serein.services.dynamodb.values import parse_item
from serein.services.dynamodb.writes import find_image, require_condition, require_index_keys, write

_REQUIRED = frozenset(("TableName", "Item"))
_PLAIN = _REQUIRED
_FREE = _REQUIRED | {"ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"}


@operation("PutItem")
async def put_item(call: Call, request: Request) -> Reply:
    require_constraints(call, request, _REQUIRED, _FREE)
    counts = is_counted(call.platform)
    if request.keys() == _PLAIN and not counts:
        image = image_of(parse_item(request["Item"]))
        await call.write(lambda tx: _put_plainly(tx, call, request["TableName"], image))
        return {}
    require_one_style(request, ("ConditionExpression",), ("Expected", "ConditionalOperator"))
    item = parse_item(request["Item"])
    wants = request.get("ReturnValues", "NONE")
    if wants not in ("ALL_OLD", "NONE"):
        raise ValidationException("ReturnValues can only be ALL_OLD or NONE")
    image = image_of(item)
    legacy = find_expected(request)
    condition = parse_expressions(request).condition
    test = condition.test if condition else legacy
    consumed = Consumed(request.get("ReturnConsumedCapacity"))
    shows_item = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"

    def put(tx: Transaction) -> tuple[Table, Image | None, Spending | None]:
        table = require_table(tx, call.scope, request["TableName"])
        key = key_of_item(item, table.key)
        require_index_keys(table, item)
        spending = begin_write(call.platform, table) if counts else None
        before = None
        if test is not None or wants == "ALL_OLD" or table.is_observed or consumed.is_wanted or spending is not None:
            before = find_image(tx, table, key)
        if test is not None:
            require_condition(test, before, shows_item=shows_item)
        if spending is not None:
            spending.write(table, before, image)
        write(tx, table, key, before, image)
        return table, before, spending

    table, before, spending = await (write_counted(call, request["TableName"], put) if counts else call.write(put))
    settle(spending)
    reply: Reply = {}
    if wants == "ALL_OLD" and before is not None:
        reply["Attributes"] = Encoded(before.body)
    if consumed.is_wanted:
        consumed.add_write(table, before, image)
        reply["ConsumedCapacity"] = consumed.one()
    await add_collection_metrics(call, reply, request, table, item)
    return reply


def _put_plainly(tx: Transaction, call: Call, table_name: str, image: Image) -> None:
    """The most frequent request of all: an item, and nothing else."""
    table = require_table(tx, call.scope, table_name)
    key = key_of_item(image.item, table.key)
    if table.is_observed:
        require_index_keys(table, image.item)
        write(tx, table, key, find_image(tx, table, key), image)
    else:
        write(tx, table, key, None, image)
