"""A batch of statements: what each is answered, and that no two are about one item."""

from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.scope import Scope
from serein.services.dynamodb.capacity import Consumed, read_units
from serein.services.dynamodb.errors import ResourceNotFoundException, ValidationException
from serein.services.dynamodb.keys import Key
from serein.services.dynamodb.partiql.binding import Bound
from serein.services.dynamodb.partiql.transacting import read_one
from serein.services.dynamodb.partiql.writing import intent_of, require_fit, table_of
from serein.services.dynamodb.requests import encoded
from serein.services.dynamodb.store.tables import require_table
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.throttling import Spending

_CODES = {
    "ValidationException": "ValidationError",
    "ResourceNotFoundException": "ResourceNotFound",
    "ConditionalCheckFailedException": "ConditionalCheckFailed",
    "DuplicateItemException": "DuplicateItem",
    "ItemCollectionSizeLimitExceededException": "ItemCollectionSizeLimitExceeded",
    "ProvisionedThroughputExceededException": "ProvisionedThroughputExceeded",
    "TransactionConflictException": "TransactionConflict",
    "AccessDeniedException": "AccessDenied",
    "ThrottlingException": "ThrottlingError",
    "RequestLimitExceeded": "RequestLimitExceeded",
}
Given = dict[str, Any]
Response = dict[str, Any]


def refused(error: AwsError, bound: Bound | None) -> Response:
    """What a statement that failed is answered.

    AWS: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementError.html
    """
    described = {"Code": _CODES.get(error.code, "InternalServerError"), "Message": error.message}
    if "Item" in error.fields:
        described["Item"] = error.fields["Item"]
    response: Response = {"Error": described}
    if bound is not None:
        response["TableName"] = table_of(bound)
    return response


def require_distinct(tx: Transaction, scope: Scope, bounds: list[Bound]) -> None:
    """Raises ValidationException when two statements write one item.

    Statements that fit no table are left to be answered one by one.
    """
    located: set[tuple[int, Key]] = set()
    for bound in bounds:
        try:
            table = require_table(tx, scope, table_of(bound))
            key = require_fit(table, intent_of(bound, table.key))
        except (ValidationException, ResourceNotFoundException):
            continue
        _note(located, table, key)


def answer_reads(
    tx: Transaction,
    scope: Scope,
    statements: list[Given],
    prepared: list[Bound | Response],
    consumed: Consumed,
    spending: Spending,
) -> list[Response]:
    """What SELECTs of one item each are answered, beside what is known already of those that can't be run.

    Raises ValidationException when two read one item.
    """
    consumed.clear()
    spending.clear()
    located: set[tuple[int, Key]] = set()
    responses = []
    for given, bound in zip(statements, prepared, strict=True):
        if not isinstance(bound, Bound):
            responses.append(bound)
            continue
        try:
            table = require_table(tx, scope, table_of(bound))
            spending.require_read(table)
            key, item, size = read_one(tx, table, bound, "BatchExecuteStatement")
        except AwsError as error:
            responses.append(refused(error, bound))
            continue
        _note(located, table, key)
        units = read_units(size, is_consistent=given.get("ConsistentRead", False))
        consumed.add(table, units)
        spending.add_read(table, None, units)
        response: Response = {"TableName": table_of(bound)}
        responses.append(response if item is None else {**response, "Item": encoded(item)})
    return responses


def _note(located: set[tuple[int, Key]], table: Table, key: Key) -> None:
    if (table.id, key) in located:
        raise ValidationException("Provided list of item keys contains duplicates")
    located.add((table.id, key))
