"""What requests have in common: the API model's constraints, and parts of replies."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.operation import Encoded, Request
from serein.services.dynamodb.constraints import broken, require_name
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.binding import Resolved
from serein.services.dynamodb.tables import Table, require_table_name
from serein.services.dynamodb.values import encode_json

_ABOUT_TABLES = frozenset(("CreateTable", "DeleteTable", "DescribeTable", "UpdateTable"))


def require_constraints(
    call: Call, request: Request, required: frozenset[str] = frozenset(), free: frozenset[str] = frozenset()
) -> None:
    """Check the API model's constraints. Raises ValidationException with all that are broken.

    Why `required` and `free`: a request that has all the former and nothing but these can break none, and is spared
    the check. `free` members are those that the model doesn't constrain.
    """
    name = request.get("TableName")
    if name is not None:
        require_table_name(name)
    elif call.operation in _ABOUT_TABLES:
        require_name(request)
    names = request.keys()
    if free and required <= names and names <= free:
        return
    findings = call.platform.contract.check("dynamodb", call.operation, request)
    if findings:
        raise broken(*findings)


def require_scalar_keys(table: Table, paths: list[Resolved]) -> None:
    """Check that no path looks inside a key attribute. Raises ValidationException."""
    nested = {path[0] for path in paths if len(path) > 1}
    if not nested:
        return
    message = "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed"
    for name in table.key.names:
        if name in nested:
            raise ValidationException(f"{message}: Key: {name}")
    for name, *_ in table.index_keys:
        if name in nested:
            raise ValidationException(f"{message}: IndexKey: {name}")


def encoded(value: Any) -> Encoded:
    """Attribute values in stored form, as part of a reply."""
    return Encoded(encode_json(value))
