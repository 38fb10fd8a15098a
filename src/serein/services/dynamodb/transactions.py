"""Transactions: several writes that happen all or not at all."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Encoded
from serein.services.dynamodb.capacity import Consumed
from serein.services.dynamodb.errors import (
    ItemCollectionSizeLimitExceededException,
    TransactionCanceledException,
    ValidationException,
)
from serein.services.dynamodb.expressions.conditions import Test
from serein.services.dynamodb.expressions.reading import parse_expressions
from serein.services.dynamodb.expressions.updates import Update
from serein.services.dynamodb.images import Image, image_of
from serein.services.dynamodb.keys import Key, key_of_item, key_of_request
from serein.services.dynamodb.replicachanges import require_transactable
from serein.services.dynamodb.store.tables import require_table
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.throttling import THROTTLED, Spending, cancellation_of, find_spending
from serein.services.dynamodb.updating import require_updatable, updated_image
from serein.services.dynamodb.values import Item, parse_item
from serein.services.dynamodb.writes import find_image, require_index_keys, write

MOST_BYTES = 4 * 1024 * 1024
T = TypeVar("T")
_KINDS = ("ConditionCheck", "Put", "Delete", "Update")
_TOP_LEVEL = "One or more parameter values are not valid"


class Action(NamedTuple):
    """One part of a transaction: a Put, Update, Delete or ConditionCheck of one item."""

    kind: str
    table_name: str
    key_item: Item
    """The key, or for a Put the item."""
    image: Image | None
    update: Update | None
    test: Test | None
    shows_item: bool
    refusal: tuple[str, str] = ("ConditionalCheckFailed", "The conditional request failed")
    """Code and message of the reason when the test fails."""


class Step(NamedTuple):
    """An action that was found to be possible."""

    table: Table
    key: Key
    before: Image | None
    after: Image | None
    writes: bool


def parse_action(given: dict[str, Any]) -> Action:
    """One member of TransactItems. Raises ValidationException."""
    kinds = [kind for kind in _KINDS if given.get(kind) is not None]
    if not kinds:
        raise ValidationException(
            "Invalid Request: TransactWriteRequest should contain Delete or Put or Update request"
        )
    if len(kinds) > 1:
        raise ValidationException("TransactItems can only contain one of Check, Put, Update or Delete")
    kind = kinds[0]
    members = given[kind]
    item = parse_item(members["Item" if kind == "Put" else "Key"])
    image = image_of(item) if kind == "Put" else None
    _require_expressions(kind, members)
    expressions = parse_expressions(members)
    test = expressions.condition.test if expressions.condition else None
    shows_item = members.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
    return Action(kind, members["TableName"], item, image, expressions.update, test, shows_item)


def _require_expressions(kind: str, members: dict[str, Any]) -> None:
    names = ["UpdateExpression", "ConditionExpression"] if kind == "Update" else ["ConditionExpression"]
    if any(name in members for name in names):
        return
    if "ExpressionAttributeNames" in members:
        raise ValidationException("ExpressionAttributeNames can only be specified when using expressions")
    if "ExpressionAttributeValues" in members:
        verb = "are" if len(names) > 1 else "is"
        raise ValidationException(
            f"ExpressionAttributeValues can only be specified when using expressions: {' and '.join(names)} {verb} null"
        )


def run(tx: Transaction, call: Call, actions: list[Action]) -> tuple[list[Step], Spending | None]:
    """Do all actions. Raises TransactionCanceledException, with nothing done, when one is impossible.

    What they cost is to be settled once they are committed.
    """
    scope = call.scope
    tables = {action.table_name: require_table(tx, scope, action.table_name) for action in actions}
    for table in tables.values():
        require_transactable(table)
    found = [_Attempt(action, tables[action.table_name]) for action in actions]
    for attempt in found:
        attempt.locate()
    located = [(attempt.table.id, attempt.key) for attempt in found if attempt.key is not None]
    if len(set(located)) != len(located):
        raise ValidationException("Transaction request cannot include multiple operations on one item")
    steps = [step for attempt in found if (step := attempt.find_step(tx)) is not None]
    if len(steps) != len(found):
        raise cancelled([attempt.reason or {"Code": "None"} for attempt in found])
    if sum(step.after.size for step in steps if step.after and step.after is not step.before) > MOST_BYTES:
        raise ValidationException("Transaction request cannot exceed an aggregate size of 4 MB")
    spending = find_spending(call.platform, tables.values())
    if spending is not None:
        _require_writes(spending, steps)
    for at, step in enumerate(steps):
        if step.writes:
            _write_step(tx, step, at, len(steps))
    return steps, spending


def _write_step(tx: Transaction, step: Step, at: int, count: int) -> None:
    """Do one of some steps. Raises TransactionCanceledException when its item collection would be too large."""
    try:
        write(tx, step.table, step.key, step.before, step.after)
    except ItemCollectionSizeLimitExceededException as error:
        reasons: list[dict[str, Any]] = [{"Code": "None"}] * count
        reasons[at] = {"Code": "ItemCollectionSizeLimitExceeded", "Message": error.message}
        raise cancelled(reasons) from error


def _require_writes(spending: Spending, steps: list[Step]) -> None:
    """Take what steps cost, which is double. Raises TransactionCanceledException."""

    def take(step: Step) -> None:
        spending.write(step.table, step.before, step.after, factor=2)

    _require_each(steps, take)


def require_reads(spending: Spending, tables: list[Table]) -> None:
    """Check that a transaction can read something of each table. Raises TransactionCanceledException."""
    _require_each(tables, spending.require_read)


def _require_each(parts: list[T], take: Callable[[T], None]) -> None:
    reasons: list[dict[str, Any]] = []
    for part in parts:
        try:
            take(part)
            reasons.append({"Code": "None"})
        except THROTTLED as refusal:
            reasons.append(cancellation_of(refusal))
    if any(reason["Code"] != "None" for reason in reasons):
        raise cancelled(reasons)


def refusal_of(error: ValidationException) -> dict[str, Any]:
    """The cancellation reason for an action that doesn't fit its table or item.

    AWS: an empty key value is the request's fault, and raised; other misfits of key and item are the action's.
    """
    if error.message.startswith(_TOP_LEVEL):
        raise error
    return {"Code": "ValidationError", "Message": error.message}


class _Attempt:
    """An action on its way to becoming a step, or a reason why the transaction can't be."""

    __slots__ = ("action", "key", "reason", "table")

    def __init__(self, action: Action, table: Table) -> None:
        self.action = action
        self.table = table
        self.key: Key | None = None
        self.reason: dict[str, Any] | None = None

    def locate(self) -> None:
        """Find the item's key. Raises ValidationException for what is wrong with the request as a whole."""
        try:
            self.key = _key_of(self.action, self.table)
        except ValidationException as error:
            self._refuse(error)

    def find_step(self, tx: Transaction) -> Step | None:
        """Return what is to be written, or None, with a reason, when the action is impossible."""
        if self.key is None:
            return None
        before = find_image(tx, self.table, self.key)
        self.reason = _find_refusal(self.action, before)
        if self.reason is not None:
            return None
        try:
            after = _after(self.action, self.table, before)
        except ValidationException as error:
            self._refuse(error)
            return None
        return Step(self.table, self.key, before, after, _changes(self.action, before, after))

    def _refuse(self, error: ValidationException) -> None:
        self.reason = refusal_of(error)


def _key_of(action: Action, table: Table) -> Key:
    if action.kind == "Put":
        key = key_of_item(action.key_item, table.key)
        require_index_keys(table, action.key_item)
    else:
        key = key_of_request(action.key_item, table.key)
    if action.update is not None:
        require_updatable(table, action.update)
    return key


def _changes(action: Action, before: Image | None, after: Image | None) -> bool:
    if action.kind == "ConditionCheck":
        return False
    if action.kind == "Update":
        return after is not None and (before is None or before.body != after.body)
    return True


def _find_refusal(action: Action, before: Image | None) -> dict[str, Any] | None:
    if action.test is None or action.test(before.item if before else {}):
        return None
    code, message = action.refusal
    reason: dict[str, Any] = {"Code": code, "Message": message}
    if action.shows_item and before is not None:
        reason["Item"] = Encoded(before.body)
    return reason


def _after(action: Action, table: Table, before: Image | None) -> Image | None:
    if action.kind == "ConditionCheck":
        return before
    if action.kind == "Update":
        return updated_image(table, action.key_item, before, action.update or Update([]))
    return action.image


def cancelled(reasons: list[dict[str, Any]]) -> TransactionCanceledException:
    """The error that says what each action was refused for."""
    codes = ", ".join(reason["Code"] for reason in reasons)
    return TransactionCanceledException(
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        CancellationReasons=reasons,
    )


def consumed_by(mode: str | None, steps: list[Step]) -> list[dict[str, Any]]:
    """What a transaction's writes cost: twice what they would on their own."""
    consumed = Consumed(mode, "WriteCapacityUnits")
    for step in steps:
        consumed.add_write(step.table, step.before, step.after, factor=2)
    return consumed.all()
