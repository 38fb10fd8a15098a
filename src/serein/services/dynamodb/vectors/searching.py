"""Searching a vector index: which vectors are looked at, and what is told of the best.

Entries are read some at a time, about a megabyte of vectors: what takes the event loop's time is never more than a few
milliseconds, and others are answered in between. A search doesn't see all entries as they were at one moment, then.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import msgspec

from serein.kernel.call import Call
from serein.kernel.database import Row, Transaction
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.projections import Projection
from serein.services.dynamodb.images import Image
from serein.services.dynamodb.keys import Key, encode_partition
from serein.services.dynamodb.requests import encoded
from serein.services.dynamodb.sizes import size_of_item
from serein.services.dynamodb.store import items
from serein.services.dynamodb.store.vectors import find_vector_bytes, vectors_after
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.values import Item, Value, kind_of, parse_value
from serein.services.dynamodb.vectors.indexes import VectorIndex, find_vector, projected
from serein.services.dynamodb.vectors.scoring import Ranking, Scored, load_numpy, shortest_decimals

_CHUNK_BYTES, _MOST_ROWS = 1024 * 1024, 2000
_LARGEST_REPLY_BYTES = 16 * 1024 * 1024
_MOST_RESULTS = 100


@dataclass(frozen=True, slots=True)
class Search:
    """A search, ready to be run."""

    table: Table
    index: VectorIndex
    pk: bytes
    """The partition that is searched."""
    filters: dict[int, Value]
    """The values that are wanted, by the position of their inline filter."""
    vector: bytes
    count: int
    projection: Projection | None


@dataclass(slots=True)
class Results:
    """What a search found, in the wire's form, and how many bytes were looked at and are returned."""

    found: list[dict[str, Any]]
    size_bytes: int


def require_count(count: int) -> None:
    """Check TopK. Raises ValidationException."""
    if not 1 <= count <= _MOST_RESULTS:
        raise ValidationException(
            f"Provided TopK value '{count}' is out of valid range. "
            f"The value must be between 1 and {_MOST_RESULTS} inclusive"
        )


def parse_search_vector(given: list[Value]) -> bytes:
    """SearchVector as indexes store vectors. Raises ValidationException."""
    members = [parse_value(member) for member in given]
    vector = find_vector({"L": members}, len(members))
    if vector is not None:
        return vector
    at, member = next((at, member) for at, member in enumerate(members) if find_vector({"L": [member]}, 1) is None)
    wrong = (
        f"Invalid value for parameter SearchVector[{at}], Expected: 32-bit floating point number, Actual: {member['N']}"
        if "N" in member
        else f"Invalid type for parameter SearchVector[{at}], Expected: N, Actual: {kind_of(member)}"
    )
    raise ValidationException(f"One or more parameter values were invalid: {wrong}")


def require_vector_index(table: Table, name: str) -> VectorIndex:
    """The index to search. Raises ValidationException."""
    index = table.find_vector_index(name)
    if index is None:
        if table.find_index(name) is not None:
            raise ValidationException("SearchVectors operation not supported on this index type.")
        raise ValidationException(f"The table does not have the specified index: {name}")
    if index.is_backfilling:
        raise ValidationException(f"Cannot search backfilling vector index: {name}")
    return index


def require_dimensions(index: VectorIndex, vector: bytes) -> None:
    """Check the length of a search's vector. Raises ValidationException."""
    if len(vector) != index.vector_bytes:
        raise ValidationException(
            f"Input search vector dimension {len(vector) * index.dimensions // index.vector_bytes} does not match "
            f"vector index dimension {index.dimensions}"
        )


def place_of(index: VectorIndex, conditions: dict[str, Value] | None) -> tuple[bytes, dict[int, Value]]:
    """The partition and the filters that a search's conditions mean. Raises ValidationException."""
    given = dict(conditions or {})
    pk = b""
    if index.key is not None:
        if conditions is None:
            raise ValidationException("SearchConditionExpression must be provided when SearchSchema has a HASH key")
        if index.key.hash not in given:
            raise ValidationException(f"Search condition missed search schema element: {index.key.hash}")
        content = _require_type(index.key.hash_type, given.pop(index.key.hash))
        pk = encode_partition(index.key.hash_type, content)
    filters = {}
    for at, (name, kind) in enumerate(index.filters):
        if name in given:
            filters[at] = given.pop(name)
            _require_type(kind, filters[at])
    if given:
        raise ValidationException(
            f"SearchConditionExpression can only contain attributes of the SearchSchema: {', '.join(given)}"
        )
    return pk, filters


def _require_type(kind: str, value: Value) -> str:
    content: str | None = value.get(kind)
    if content is None:
        raise ValidationException(
            "One or more parameter values were invalid: Condition parameter type does not match schema type"
        )
    return content


async def run_search(call: Call, search: Search) -> Results:
    """Search all of a partition. Raises ValidationException when the results are too large."""
    await asyncio.to_thread(load_numpy)
    index = search.index
    ranking = Ranking(index.distance, search.vector, search.count)
    limit = max(1, min(_CHUNK_BYTES // index.vector_bytes, _MOST_ROWS))
    after, looked_at = Key(b"", b""), 0
    while True:
        start = after
        rows = await call.read(lambda tx, start=start: vectors_after(tx, index.id, search.pk, start, limit))  # type: ignore[misc]
        looked_at += len(rows)
        kept = _filtered(rows, search.filters)
        ranking.add([Key(row[0], row[1]) for row in kept], [row[3] for row in kept])
        if len(rows) < limit:
            break
        after = Key(rows[-1][0], rows[-1][1])
        await asyncio.sleep(0)  # a read waits for nothing, and others want to be answered meanwhile
    results = await call.read(lambda tx: _collect(tx, search, ranking.best))
    results.size_bytes += looked_at * index.vector_bytes
    return results


def _filtered(rows: list[Row], filters: dict[int, Value]) -> list[Row]:
    if not filters:
        return rows
    decode = msgspec.json.decode
    wanted = filters.items()
    kept = []
    for row in rows:
        has = decode(row[2])
        if all(has[at] == value for at, value in wanted):
            kept.append(row)
    return kept


def _collect(tx: Transaction, search: Search, best: list[Scored]) -> Results:
    """What is shown of the best entries. Items that have gone from the partition since are left out."""
    results, size = Results([], 0), 0
    for score, key in best:
        row = items.find_item(tx, search.table.id, key)
        vector = find_vector_bytes(tx, search.index.id, search.pk, key)
        if row is None or vector is None:
            continue
        shown = _shown(search, Image(*row).item, vector)
        size += size_of_item(shown)
        if size > _LARGEST_REPLY_BYTES:
            raise ValidationException(
                "The results exceed the maximum response size of 16 MB. Use a narrower projection or a smaller TopK"
            )
        results.found.append({"Item": encoded(shown), "Score": score})
    results.size_bytes = size
    return results


def _shown(search: Search, item: Item, vector: bytes) -> Item:
    """What a result shows of an item. AWS: the vector only when it is asked for."""
    index, projection = search.index, search.projection
    shown = projected(index, item)
    if projection is None:
        return shown
    if any(path[0] == index.attribute for path in projection.paths):
        # AWS: the index holds 32-bit floats, whatever digits the item has.
        shown[index.attribute] = {"L": [parse_value({"N": text}) for text in shortest_decimals(vector)]}
    return projection.apply(shown)
