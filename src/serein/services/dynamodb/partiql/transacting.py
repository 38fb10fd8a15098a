"""Several statements as one: which may go together, and what they become in a transaction."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.services.dynamodb.capacity import Consumed, read_units
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.conditions import bind_condition
from serein.services.dynamodb.keys import Key, key_of_request
from serein.services.dynamodb.partiql.binding import Bound
from serein.services.dynamodb.partiql.conditions import require_key
from serein.services.dynamodb.partiql.nodes import Delete, Select, Update
from serein.services.dynamodb.partiql.selecting import columns_of, require_scalars, require_select
from serein.services.dynamodb.partiql.writing import intent_of, table_of
from serein.services.dynamodb.replicachanges import require_transactable
from serein.services.dynamodb.requests import encoded
from serein.services.dynamodb.sizes import size_of_item
from serein.services.dynamodb.store.tables import require_table
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.throttling import Spending, find_spending
from serein.services.dynamodb.transactions import (
    MOST_BYTES,
    Action,
    Step,
    cancelled,
    refusal_of,
    require_reads,
    run,
)
from serein.services.dynamodb.values import Item
from serein.services.dynamodb.writes import find_image

_DUPLICATE = ("DuplicateItem", "Duplicate primary key exists in table")
_TOO_LARGE = "Transaction request cannot exceed an aggregate size of 4 MB"
_TWICE = "Transaction request cannot include multiple operations on one item"
Given = dict[str, Any]


def is_read(bounds: list[Bound]) -> bool:
    """Whether statements read or write. Raises ValidationException when they do both.

    AWS: EXISTS goes with statements that write.
    """
    reads = [isinstance(bound.statement, Select) for bound in bounds]
    if any(reads) and not all(reads):
        raise ValidationException("Statements must be either all reads or all writes")
    return all(reads)


def refuse_returning(bounds: list[Bound]) -> None:
    """Raises ValidationException when a statement has a RETURNING clause, which transactions don't have."""
    for bound in bounds:
        if isinstance(bound.statement, Update | Delete) and bound.statement.returning:
            raise ValidationException("RETURNING clause is not supported in ExecuteTransaction")


def require_size(bounds: list[Bound]) -> None:
    """Raises ValidationException when statements insert more than a transaction may hold."""
    if sum(size_of_item(bound.item) for bound in bounds if bound.item is not None) > MOST_BYTES:
        raise ValidationException(_TOO_LARGE)


def transact_writes(
    tx: Transaction, call: Call, statements: list[Given], bounds: list[Bound]
) -> tuple[list[Step], Spending | None]:
    """Do what all statements want, or raise TransactionCanceledException with nothing done."""
    tables = [require_table(tx, call.scope, table_of(bound)) for bound in bounds]
    actions: list[Action] = []
    reasons: list[dict[str, Any]] = []
    for given, bound, table in zip(statements, bounds, tables, strict=True):
        try:
            actions.append(_action(given, bound, table))
            reasons.append({"Code": "None"})
        except ValidationException as error:
            reasons.append(refusal_of(error))
    if len(actions) != len(bounds):
        raise cancelled(reasons)
    return run(tx, call, actions)


def _action(given: Given, bound: Bound, table: Table) -> Action:
    intent = intent_of(bound, table.key)
    shows_item = given.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    action = Action(intent.kind, table_of(bound), intent.key_item, intent.image, intent.update, intent.test, shows_item)
    return action._replace(refusal=_DUPLICATE, shows_item=False) if intent.kind == "Put" else action


def read_one(tx: Transaction, table: Table, bound: Bound, operation: str) -> tuple[Key, Item | None, int]:
    """Of the item that a SELECT names: its key, what the statement wants of it, and how many bytes it has.

    Raises ValidationException when it names none, or one of an index.
    """
    statement = require_select(bound)
    missing = f"Select statements within {operation} must specify the primary key in the where clause."
    if statement.index is not None:
        raise ValidationException(
            "Reads on indices are not supported within transactions." if operation == "ExecuteTransaction" else missing
        )
    projection = columns_of(bound, statement)
    if statement.where is not None:
        bind_condition(statement.where, bound.placeholders)
    require_scalars(table, bound, statement, projection)
    named = require_key(statement.where, table.key, bound.placeholders, missing)
    key = key_of_request(named.key, table.key)
    image = find_image(tx, table, key)
    if image is None:
        return key, None, 0
    if named.test is not None and not named.test(image.item):
        return key, None, image.size
    return key, image.item if projection is None else projection.apply(image.item), image.size


def transact_reads(
    tx: Transaction, call: Call, bounds: list[Bound], consumed: Consumed
) -> tuple[list[dict[str, Any]], Spending | None]:
    """The items that SELECTs name. Raises ValidationException, TransactionCanceledException."""
    tables = [require_table(tx, call.scope, table_of(bound)) for bound in bounds]
    for table in tables:
        require_transactable(table)
    consumed.clear()
    spending = find_spending(call.platform, tables)
    if spending is not None:
        require_reads(spending, tables)
    located = set()
    total = 0
    responses: list[dict[str, Any]] = []
    reasons: list[dict[str, Any]] = []
    for table, bound in zip(tables, bounds, strict=True):
        try:
            key, item, size = read_one(tx, table, bound, "ExecuteTransaction")
        except ValidationException as error:
            reasons.append(refusal_of(error))
            continue
        reasons.append({"Code": "None"})
        located.add((table.id, key))
        total += size
        units = 2 * read_units(size, is_consistent=True)
        consumed.add(table, units)
        if spending is not None:
            spending.add_read(table, None, units)
        responses.append({} if item is None else {"Item": encoded(item)})
    if len(responses) != len(bounds):
        raise cancelled(reasons)
    if len(located) != len(bounds):
        raise ValidationException(_TWICE)
    if total > MOST_BYTES:
        raise ValidationException(_TOO_LARGE)
    return responses, spending
