"""Item collections: the items of one partition key in a table with local indexes, with what these hold of them.

Their sizes are counted exactly, in a row for each, in the transaction of the write. A table that was made before sizes
were counted has no rows at first: each of its collections is counted whole when it is first written to or asked about.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LSI.html#LSI.ItemCollections
"""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request
from serein.services.dynamodb.capacity import project
from serein.services.dynamodb.errors import ItemCollectionSizeLimitExceededException
from serein.services.dynamodb.images import Image
from serein.services.dynamodb.keys import Key, find_index_key, key_of_item
from serein.services.dynamodb.requests import encoded
from serein.services.dynamodb.sizes import size_of_item
from serein.services.dynamodb.store.collections import add_size, delete_collection, find_size
from serein.services.dynamodb.store.pages import Range, read_page
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.values import Item

GIGABYTE = 1024**3
LARGEST_BYTES = 10 * GIGABYTE
_ENTRY_OVERHEAD = 100
"""What AWS adds for each entry in an index."""
_COUNTED_AT_ONCE = 500


def collected_size(table: Table, image: Image | None) -> int:
    """What an item adds to its collection: itself, and what each local index holds of it."""
    if image is None:
        return 0
    size = image.size
    for index in table.indexes:
        if not index.is_global and find_index_key(image.item, index.key) is not None:
            held = image.size if index.attributes is None else size_of_item(project(image.item, index))
            size += held + _ENTRY_OVERHEAD
    return size


def exceeds_limit(size_bytes: int, change_bytes: int) -> bool:
    """Whether a change that leads to a size is refused. AWS: what makes a collection smaller never is."""
    return change_bytes > 0 and size_bytes > LARGEST_BYTES


def size_range(size_bytes: int) -> list[float]:
    """SizeEstimateRangeGB: whole gigabytes, the size between them."""
    lower = float(size_bytes // GIGABYTE)
    return [lower, lower + 1.0]


def count_change(tx: Transaction, table: Table, key: Key, before: Image | None, after: Image | None) -> None:
    """Note how a write, which was made, changes its collection. Raises ItemCollectionSizeLimitExceededException."""
    change = collected_size(table, after) - collected_size(table, before)
    if change == 0:
        return
    if not table.definition.counts_collections and find_size(tx, table.id, key.pk) is None:
        size = add_size(tx, table.id, key.pk, _counted_size(tx, table, key.pk))
    else:
        size = add_size(tx, table.id, key.pk, change)
    if exceeds_limit(size, change):
        raise ItemCollectionSizeLimitExceededException()
    if size <= 0:
        delete_collection(tx, table.id, key.pk)


def _counted_size(tx: Transaction, table: Table, pk: bytes) -> int:
    """The size of a collection as its items tell."""
    size = 0
    wanted = Range(table.id, pk=pk)
    while found := read_page(tx, wanted, _COUNTED_AT_ONCE):
        size += sum(collected_size(table, Image(one.body, one.size)) for one in found)
        last = found[-1]
        wanted = Range(table.id, pk=pk, after=(last.pk, last.sk, last.pk, last.sk))
    return size


def collection_metrics(tx: Transaction, table: Table, item: Item) -> dict[str, Any]:
    """An ItemCollectionMetrics, as things are in the transaction."""
    pk = key_of_item(item, table.key).pk
    size = find_size(tx, table.id, pk)
    if size is None:
        size = 0 if table.definition.counts_collections else _counted_size(tx, table, pk)
    return {
        "ItemCollectionKey": encoded({table.key.hash: item[table.key.hash]}),
        "SizeEstimateRangeGB": size_range(size),
    }


async def add_collection_metrics(call: Call, reply: Reply, request: Request, table: Table, item: Item) -> None:
    """Add ItemCollectionMetrics when they are wanted and the table has local indexes."""
    if request.get("ReturnItemCollectionMetrics") == "SIZE" and table.has_collections:
        reply["ItemCollectionMetrics"] = await call.read(lambda tx: collection_metrics(tx, table, item))


def all_metrics(tx: Transaction, written: list[tuple[str, Table, Item]]) -> dict[str, list[dict[str, Any]]]:
    """The metrics of the collections that several writes changed, by table, each once.

    `written` has, for each write, the table's name as the request writes it, the table, and the item or its key.
    """
    found: dict[str, dict[bytes, dict[str, Any]]] = {}
    for name, table, item in written:
        if table.has_collections:
            metrics = collection_metrics(tx, table, item)
            found.setdefault(name, {})[bytes(metrics["ItemCollectionKey"])] = metrics
    return {name: list(collections.values()) for name, collections in found.items()}
