"""A batch of statements: what each is answered, and that no two are about one item."""

from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.scope import Scope
from serein.services.dynamodb.capacity import Consumed, read_units
from serein.services.dynamodb.errors import ResourceNotFoundException, ValidationException
from serein.services.dynamodb.keys import Key
from serein.services.dynamodb.partiql.binding import Bound
from serein.services.dynamodb.partiql.nodes import Select
from serein.services.dynamodb.partiql.transacting import read_one
from serein.services.dynamodb.partiql.writing import intent_of, require_fit, table_of
from serein.services.dynamodb.requests import encoded
from serein.services.dynamodb.store.tables import require_table
from serein.services.dynamodb.tables import Table

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
    described = {"Code": _CODES.get(error.code, "InternalServerError"), "Message": error.message, **error.fields}
    response: Response = {"Error": described}
    if bound is not None:
        response["TableName"] = table_of(bound)
    return response


def require_distinct(tx: Transaction, scope: Scope, bounds: list[Bound]) -> None:
    """Raises ValidationException when two statements are about one item.

    Statements that fit no table are left to be answered one by one.
    """
    located = set()
    for bound in bounds:
        try:
            table = require_table(tx, scope, table_of(bound))
            key = _key_of(tx, table, bound)
        except (ValidationException, ResourceNotFoundException):
            continue
        if (table.id, key) in located:
            raise ValidationException("Provided list of item keys contains duplicates")
        located.add((table.id, key))


def _key_of(tx: Transaction, table: Table, bound: Bound) -> Key:
    if isinstance(bound.statement, Select):
        return read_one(tx, table, bound, "BatchExecuteStatement")[0]
    return require_fit(table, intent_of(bound, table.key))


def answer_read(tx: Transaction, scope: Scope, given: Given, bound: Bound, consumed: Consumed) -> Response:
    """What a SELECT of one item is answered."""
    response: Response = {"TableName": table_of(bound)}
    try:
        table = require_table(tx, scope, table_of(bound))
        _, item, size = read_one(tx, table, bound, "BatchExecuteStatement")
    except AwsError as error:
        return refused(error, bound)
    consumed.add(table, read_units(size, is_consistent=given.get("ConsistentRead", False)))
    if item is not None:
        response["Item"] = encoded(item)
    return response
