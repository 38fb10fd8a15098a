"""BatchGetItem: read up to 100 items of several tables by their keys."""

from typing import Any, NamedTuple

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Encoded, Reply, Request, operation
from serein.services.dynamodb.capacity import Consumed, read_units
from serein.services.dynamodb.constraints import require_batch_get
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.projections import Projection
from serein.services.dynamodb.expressions.reading import parse_expressions, require_one_style
from serein.services.dynamodb.keys import Key, key_of_request
from serein.services.dynamodb.legacy import find_attributes_to_get
from serein.services.dynamodb.requests import encoded, require_constraints, require_scalar_keys
from serein.services.dynamodb.store.items import find_item
from serein.services.dynamodb.store.tables import require_table
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.throttling import Admission, Spending, find_spending
from serein.services.dynamodb.values import Item, decode_item, encode_json, parse_item

_MOST_KEYS = 100
_MOST_BYTES = 16 * 1024 * 1024


class _Wanted(NamedTuple):
    """What a request wants of one table."""

    name: str
    given: list[Item]
    """The keys as the request writes them."""
    keys: list[Item]
    projection: Projection | None
    is_consistent: bool
    rest: dict[str, Any]
    """The other members, to be shown again with keys that are left unprocessed."""


class _Found(NamedTuple):
    bodies: list[bytes]
    left: list[Item]


@operation("BatchGetItem")
async def batch_get_item(call: Call, request: Request) -> Reply:
    require_batch_get(request)
    require_constraints(call, request)
    wanted = [_wanted(name, members) for name, members in request["RequestItems"].items()]
    if sum(len(one.keys) for one in wanted) > _MOST_KEYS:
        raise ValidationException("Too many items requested for the BatchGetItem call")
    consumed = Consumed(request.get("ReturnConsumedCapacity"))
    found, spending = await call.read(lambda tx: _read(tx, call, wanted, consumed))
    if spending is not None:
        spending.settle()
    reply: Reply = {"Responses": {}, "UnprocessedKeys": {}}
    for one, (bodies, left) in zip(wanted, found, strict=True):
        reply["Responses"][one.name] = Encoded(b"[" + b",".join(bodies) + b"]")
        if left:
            reply["UnprocessedKeys"][one.name] = {**one.rest, "Keys": encoded(left)}
    if consumed.is_wanted:
        reply["ConsumedCapacity"] = consumed.all()
    return reply


def _wanted(name: str, members: dict[str, Any]) -> _Wanted:
    require_one_style(members, ("ProjectionExpression",), ("AttributesToGet",))
    projection = find_attributes_to_get(members) or parse_expressions(members).projection
    keys = [parse_item(key) for key in members["Keys"]]
    rest = {name: value for name, value in members.items() if name != "Keys"}
    return _Wanted(name, members["Keys"], keys, projection, members.get("ConsistentRead", False), rest)


def _read(
    tx: Transaction, call: Call, wanted: list[_Wanted], consumed: Consumed
) -> tuple[list[_Found], Spending | None]:
    tables = [require_table(tx, call.scope, one.name) for one in wanted]
    keys = [_distinct_keys(table, one) for table, one in zip(tables, wanted, strict=True)]
    consumed.clear()
    spending = find_spending(call.platform, tables)
    admission = Admission(spending)
    room = _MOST_BYTES
    results = []
    for table, one, table_keys in zip(tables, wanted, keys, strict=True):
        bodies: list[bytes] = []
        left: list[Item] = []
        for key, key_item in table_keys.items():
            if spending is not None and not admission.admits_read(table):
                left.append(key_item)
                continue
            row = find_item(tx, table.id, key)
            if row is not None and row[1] > room:
                left.append(key_item)
                continue
            units = read_units(row[1] if row else 0, is_consistent=one.is_consistent)
            consumed.add(table, units)
            if spending is not None:
                spending.add_read(table, None, units)
            if row is not None:
                room -= row[1]
                bodies.append(_projected(row[0], one.projection))
        results.append(_Found(bodies, left))
    admission.require_some()
    return results, spending


def _distinct_keys(table: Table, wanted: _Wanted) -> dict[Key, Item]:
    """The keys of a request, and how they are written.

    AWS: a key is a duplicate only of one that is written the same; 1000 and 1e3 are both accepted and read once.
    """
    if wanted.projection is not None:
        require_scalar_keys(table, wanted.projection.paths)
    keys = {key_of_request(key, table.key): key for key in wanted.keys}
    if len(keys) != len(wanted.keys) and any(key in wanted.given[:at] for at, key in enumerate(wanted.given)):
        raise ValidationException("Provided list of item keys contains duplicates")
    return keys


def _projected(body: bytes, projection: Projection | None) -> bytes:
    return body if projection is None else encode_json(projection.apply(decode_item(body)))
