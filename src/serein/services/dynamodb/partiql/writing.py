"""Writing with INSERT, UPDATE and DELETE: one item each, named by its whole key.

AWS: unlike PutItem, an INSERT doesn't replace, and unlike UpdateItem, an UPDATE doesn't create. A DELETE of what isn't
there succeeds, whatever else its WHERE clause says
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.delete.html).
"""

from typing import NamedTuple

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.services.dynamodb.errors import DuplicateItemException, ValidationException
from serein.services.dynamodb.expressions.conditions import Test
from serein.services.dynamodb.expressions.projections import Projection
from serein.services.dynamodb.expressions.updates import Update, bind_update
from serein.services.dynamodb.images import Image, image_of
from serein.services.dynamodb.keys import Key, KeySchema, key_of_item, key_of_request
from serein.services.dynamodb.partiql import nodes
from serein.services.dynamodb.partiql.binding import Bound
from serein.services.dynamodb.partiql.conditions import require_key
from serein.services.dynamodb.store.tables import require_table
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.throttling import Spending, begin_write
from serein.services.dynamodb.updating import require_updatable, updated_image
from serein.services.dynamodb.values import Item, encode_json, kind_of
from serein.services.dynamodb.writes import find_image, require_condition, require_index_keys, write

_NO_KEY = "Where clause does not contain a mandatory equality on all key attributes"


class Intent(NamedTuple):
    """What a statement wants of one item."""

    kind: str
    """In TransactWriteItems' words: Put, Update, Delete or ConditionCheck."""
    key_item: Item
    """The key, or for a Put the item."""
    image: Image | None
    update: Update | None
    test: Test
    """What must be true of the item as it is, which is empty when there is none."""


class Written(NamedTuple):
    """What a statement did to an item."""

    table: Table
    before: Image | None
    after: Image | None
    update: Update | None
    spending: Spending | None


def intent_of(bound: Bound, schema: KeySchema) -> Intent:
    """What a statement wants of an item of a table with such a key. Raises ValidationException."""
    statement = bound.statement
    match statement:
        case nodes.Insert():
            item = bound.item or {}
            return Intent("Put", item, image_of(item), None, _is_absent)
        case nodes.Update():
            update = _update_of(bound, statement)
            named = require_key(statement.where, schema, bound.placeholders, _NO_KEY)
            return Intent("Update", named.key, None, update, _present(named.test))
        case nodes.Delete():
            named = require_key(statement.where, schema, bound.placeholders, _NO_KEY)
            return Intent("Delete", named.key, None, None, _absent_or(named.test))
        case nodes.Exists():
            named = require_key(statement.where, schema, bound.placeholders, _NO_KEY)
            return Intent("ConditionCheck", named.key, None, None, _present(named.test))
    raise ValidationException("Statements that read can't be mixed with statements that write")


def _update_of(bound: Bound, statement: nodes.Update) -> Update:
    for action in statement.actions:
        if action.clause in ("ADD", "DELETE") and action.operand is not None:
            kind = kind_of(bound.placeholders.immediate(action.operand) or {"NULL": True})
            if len(kind) != 2:
                name = "set_add" if action.clause == "ADD" else "set_delete"
                raise ValidationException(
                    "Incorrect operand type for operator or function; "
                    f"operator or function: {name}, operand type: {kind}"
                )
    return bind_update(statement.actions, bound.placeholders)


def _is_absent(item: Item) -> bool:
    return not item


def _present(test: Test | None) -> Test:
    if test is None:
        return bool
    return lambda item: bool(item) and test(item)


def _absent_or(test: Test | None) -> Test:
    if test is None:
        return lambda item: True
    return lambda item: not item or test(item)


def perform(tx: Transaction, call: Call, bound: Bound, *, shows_item: bool) -> Written:
    """Do what a statement wants. What it costs is to be settled once it is committed.

    Raises ValidationException, ResourceNotFoundException, DuplicateItemException and ConditionalCheckFailedException,
    the last with the item when `shows_item`.
    """
    table = require_table(tx, call.scope, table_of(bound))
    intent = intent_of(bound, table.key)
    key = require_fit(table, intent)
    spending = begin_write(call.platform, table)
    before = find_image(tx, table, key)
    if intent.kind == "Put" and before is not None:
        raise DuplicateItemException()
    require_condition(intent.test, before, shows_item=shows_item)
    after = intent.image
    if intent.update is not None:
        after = updated_image(table, intent.key_item, before, intent.update)
    if spending is not None:
        spending.write(table, before, after)
    if (before is None) != (after is None) or (before and after and before.body != after.body):
        write(tx, table, key, before, after)
    return Written(table, before, after, intent.update, spending)


def require_fit(table: Table, intent: Intent) -> Key:
    """The key of the item that is meant. Raises ValidationException when the statement doesn't fit the table."""
    if intent.kind == "Put":
        key = key_of_item(intent.key_item, table.key)
        require_index_keys(table, intent.key_item)
    else:
        key = key_of_request(intent.key_item, table.key)
    if intent.update is not None:
        require_updatable(table, intent.update)
    return key


def table_of(bound: Bound) -> str:
    """The name of the table that a statement is about."""
    return bound.statement.table


def returned(bound: Bound, written: Written) -> list[bytes]:
    """What a statement's RETURNING clause wants, as JSON texts: one item, or none when it would be empty."""
    wants = bound.statement.returning if isinstance(bound.statement, nodes.Update | nodes.Delete) else ""
    image = written.after if wants.endswith("NEW") else written.before
    if not wants or image is None:
        return []
    if wants.startswith("ALL") or written.update is None:
        return [image.body]
    changed = Projection(written.update.paths).apply(image.item)
    return [encode_json(changed)] if changed else []
