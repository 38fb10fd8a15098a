"""How many items a table and its indexes have, and how large they are.

Counting goes through the rows some at a time, so that a large table's count holds nobody up. AWS brings its figures up
to date about every six hours; here that holds for what has more than 10,000 items, smaller figures are always exact.
"""

import asyncio
from collections.abc import Callable
from typing import Any, NamedTuple

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.services.dynamodb.store.items import entry_sizes, item_sizes
from serein.services.dynamodb.store.vectors import vector_sizes
from serein.services.dynamodb.tables import Table

_CHUNK = 2_000
_ALWAYS_EXACT = 10_000
_FRESH_SECONDS = 6 * 3600
_MEMORY = "dynamodb counts"
_Sizes = Callable[[Transaction, tuple[bytes, ...], int], tuple[list[int], tuple[bytes, ...]]]


class Counted(NamedTuple):
    """So many items, of so many bytes, at a time."""

    items: int
    size_bytes: int
    at: float


Counts = dict[int, Counted]
"""By table's or index's id."""


async def count_all(call: Call, table: Table) -> Counts:
    """Count a table's items and its indexes' entries."""

    def of_items(tx: Transaction, after: tuple[bytes, ...], limit: int) -> Any:
        return item_sizes(tx, table.id, after, limit)

    counts = {table.id: await _count(call, table.id, of_items, (b"", b""))}
    for index in table.indexes:
        index_id = index.id

        def of_entries(tx: Transaction, after: tuple[bytes, ...], limit: int, index_id: int = index_id) -> Any:
            return entry_sizes(tx, table.id, index_id, after, limit)

        counts[index_id] = await _count(call, index_id, of_entries, (b"", b"", b"", b""))
    for vectors in table.vectors:

        def of_vectors(tx: Transaction, after: tuple[bytes, ...], limit: int, index_id: int = vectors.id) -> Any:
            return vector_sizes(tx, index_id, after, limit)

        counts[vectors.id] = await _count(call, vectors.id, of_vectors, (b"", b"", b""))
    return counts


async def _count(call: Call, id: int, sizes: _Sizes, after: tuple[bytes, ...]) -> Counted:
    remembered: Counts = call.platform.memory.setdefault(_MEMORY, {})
    count, size = 0, 0
    while True:
        start = after
        chunk, after = await call.read(lambda tx, start=start: sizes(tx, start, _CHUNK))  # type: ignore[misc]
        count += len(chunk)
        size += sum(chunk)
        if len(chunk) < _CHUNK:
            break
        if count >= _ALWAYS_EXACT and (known := remembered.get(id)) and call.now - known.at < _FRESH_SECONDS:
            return known
        await asyncio.sleep(0)  # a read waits for nothing, and others want to be answered meanwhile
    counted = Counted(count, size, call.now)
    if count >= _ALWAYS_EXACT:
        remembered[id] = counted
    return counted
