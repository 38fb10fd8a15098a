"""UpdateItem: change some attributes of an item, or create it."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Encoded, Reply, Request, operation
from serein.services.dynamodb.capacity import Consumed
from serein.services.dynamodb.expressions.projections import Projection
from serein.services.dynamodb.expressions.reading import parse_expressions, require_one_style
from serein.services.dynamodb.expressions.updates import Update
from serein.services.dynamodb.images import Image
from serein.services.dynamodb.itemcollections import add_collection_metrics
from serein.services.dynamodb.keys import key_of_request
from serein.services.dynamodb.legacy import find_attribute_updates, find_expected
from serein.services.dynamodb.requests import encoded, require_constraints
from serein.services.dynamodb.store.tables import require_table
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.throttling import Spending, begin_write, is_counted, settle, write_counted
from serein.services.dynamodb.updating import require_updatable, updated_image
from serein.services.dynamodb.values import parse_item
from serein.services.dynamodb.writes import find_image, require_condition, write

_REQUIRED = frozenset(("TableName", "Key"))
_FREE = _REQUIRED | {
    "UpdateExpression",
    "ConditionExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
}
_EXPRESSIONS = ("UpdateExpression", "ConditionExpression")


@operation("UpdateItem")
async def update_item(call: Call, request: Request) -> Reply:
    require_constraints(call, request, _REQUIRED, _FREE)
    require_one_style(request, _EXPRESSIONS, ("AttributeUpdates", "Expected", "ConditionalOperator"))
    key_item = parse_item(request["Key"])
    legacy_update = find_attribute_updates(request)
    legacy_test = find_expected(request)
    expressions = parse_expressions(request)
    update = expressions.update or legacy_update or Update([])
    test = expressions.condition.test if expressions.condition else legacy_test
    shows_item = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"

    counts = is_counted(call.platform)

    def change(tx: Transaction) -> tuple[Table, Image | None, Image | None, Spending | None]:
        table = require_table(tx, call.scope, request["TableName"])
        key = key_of_request(key_item, table.key)
        require_updatable(table, update)
        before = find_image(tx, table, key)
        spending = begin_write(call.platform, table) if counts else None
        if test is not None:
            require_condition(test, before, shows_item=shows_item)
        after = updated_image(table, key_item, before, update)
        if spending is not None:
            spending.write(table, before, after)
        if after is not None and (before is None or after.body != before.body):
            write(tx, table, key, before, after)
        return table, before, after, spending

    table, before, after, spending = await (
        write_counted(call, request["TableName"], change) if counts else call.write(change)
    )
    settle(spending)
    reply: Reply = {}
    _add_attributes(reply, request.get("ReturnValues", "NONE"), update, before, after)
    consumed = Consumed(request.get("ReturnConsumedCapacity"))
    if consumed.is_wanted:
        consumed.add_write(table, before, after)
        reply["ConsumedCapacity"] = consumed.one()
    await add_collection_metrics(call, reply, request, table, key_item)
    return reply


def _add_attributes(reply: Reply, wants: str, update: Update, before: Image | None, after: Image | None) -> None:
    image = after if wants.endswith("_NEW") else before
    if wants == "NONE" or image is None:
        return
    if wants.startswith("ALL_"):
        reply["Attributes"] = Encoded(image.body)
        return
    changed = Projection(update.paths).apply(image.item)
    if changed:
        reply["Attributes"] = encoded(changed)
