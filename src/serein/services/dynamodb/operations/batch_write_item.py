"""BatchWriteItem: put and delete up to 25 items of several tables. They are written all, or refused all.

Where throughput is a limit, what exceeds it is left unprocessed.
"""

from typing import Any, NamedTuple

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.capacity import Consumed
from serein.services.dynamodb.constraints import require_batch_write
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.images import Image, image_of
from serein.services.dynamodb.itemcollections import all_metrics
from serein.services.dynamodb.keys import Key, KeySchema, key_of_item, key_of_request
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.tables import require_table
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.throttling import Admission, Spending, find_spending
from serein.services.dynamodb.values import Item, parse_item
from serein.services.dynamodb.writes import find_image, require_index_keys, write

_MOST_WRITES = 25
_PLAIN = frozenset(("RequestItems",))
_PUT, _DELETE = frozenset(("Item",)), frozenset(("Key",))
_NONE: dict[str, Any] = {}


class _Write(NamedTuple):
    """A put, or a delete when there is no image."""

    key_item: Item
    image: Image | None


@operation("BatchWriteItem")
async def batch_write_item(call: Call, request: Request) -> Reply:
    require_batch_write(request)
    if not _is_plain(request):
        require_constraints(call, request)
    wanted = {name: [_parse(write) for write in writes] for name, writes in request["RequestItems"].items()}
    if sum(map(len, wanted.values())) > _MOST_WRITES:
        raise ValidationException("Too many items requested for the BatchWriteItem call")
    consumed = Consumed(request.get("ReturnConsumedCapacity"))
    done = await call.write(lambda tx: _write_all(tx, call, wanted, consumed))
    tables = done.tables
    if done.spending is not None:
        done.spending.settle()
    reply: Reply = {"UnprocessedItems": _unprocessed(request, done.left)}
    if request.get("ReturnItemCollectionMetrics") == "SIZE":
        written = [
            (name, tables[name], one.key_item)
            for name, writes in wanted.items()
            for at, one in enumerate(writes)
            if at not in done.left.get(name, ())
        ]
        reply["ItemCollectionMetrics"] = await call.read(lambda tx: all_metrics(tx, written))
    if consumed.is_wanted:
        reply["ConsumedCapacity"] = consumed.all()
    return reply


def _is_plain(request: Request) -> bool:
    """Whether a request breaks none of the model's constraints for sure: only whole puts and deletes, as in most."""
    return request.keys() == _PLAIN and all(
        write.get("PutRequest", _NONE).keys() == _PUT or write.get("DeleteRequest", _NONE).keys() == _DELETE
        for writes in request["RequestItems"].values()
        for write in writes
    )


def _parse(given: dict[str, Any]) -> _Write:
    put, delete = given.get("PutRequest"), given.get("DeleteRequest")
    if (put is None) == (delete is None):
        raise ValidationException(
            "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
            "datatypes"
        )
    if put is not None:
        item = parse_item(put["Item"])
        return _Write(item, image_of(item))
    return _Write(parse_item(given["DeleteRequest"]["Key"]), None)


class _Done(NamedTuple):
    """What came of a batch: the tables, and which writes of each were left for want of throughput."""

    tables: dict[str, Table]
    left: dict[str, set[int]]
    spending: Spending | None


def _unprocessed(request: Request, left: dict[str, set[int]]) -> dict[str, Any]:
    return {
        name: [write for at, write in enumerate(request["RequestItems"][name]) if at in numbers]
        for name, numbers in left.items()
    }


def _write_all(tx: Transaction, call: Call, wanted: dict[str, list[_Write]], consumed: Consumed) -> _Done:
    tables = {name: require_table(tx, call.scope, name) for name in wanted}
    keys = {name: _require_keys(tables[name], writes) for name, writes in wanted.items()}
    # Why a new count: the function may run twice.
    counted: list[tuple[Table, Image | None, Image | None]] = []
    spending = find_spending(call.platform, tables.values())
    admission = Admission(spending)
    left: dict[str, set[int]] = {}
    for name, writes in wanted.items():
        table = tables[name]
        reads = table.is_observed or consumed.is_wanted or spending is not None
        for at, (key, (_, image)) in enumerate(zip(keys[name], writes, strict=True)):
            before = find_image(tx, table, key) if reads else None
            if spending is not None and not admission.admits_write(table, before, image):
                left.setdefault(name, set()).add(at)
                continue
            write(tx, table, key, before, image)
            counted.append((table, before, image))
    consumed.clear()
    for table, before, after in counted:
        consumed.add_write(table, before, after)
    admission.require_some()
    return _Done(tables, left, spending)


def _require_keys(table: Table, writes: list[_Write]) -> list[Key]:
    keys = []
    for key_item, image in writes:
        if image is None:
            keys.append(key_of_request(key_item, table.key))
        else:
            keys.append(_key_of_put(key_item, table.key))
            if table.index_keys or table.vectors:
                require_index_keys(table, key_item)
    if len(set(keys)) != len(keys):
        raise ValidationException("Provided list of item keys contains duplicates")
    return keys


def _key_of_put(item: Item, schema: KeySchema) -> Key:
    try:
        return key_of_item(item, schema)
    except ValidationException:
        # AWS: an item without a fitting key is refused here in the words for a key, not in PutItem's.
        return key_of_request({name: item[name] for name in schema.names if name in item}, schema)
