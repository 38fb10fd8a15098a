"""Consumed capacity: what AWS would charge for a read or a write.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ProvisionedThroughput.html
"""

from math import ceil
from typing import Any

from serein.services.dynamodb.images import Image
from serein.services.dynamodb.keys import find_index_key
from serein.services.dynamodb.sizes import size_of_item
from serein.services.dynamodb.tables import Index, Table
from serein.services.dynamodb.values import Item, equal_items
from serein.services.dynamodb.vectors.costs import vector_write_bytes

_READ_UNIT_BYTES = 4096
_WRITE_UNIT_BYTES = 1024


def read_units(size_bytes: int, *, is_consistent: bool) -> float:
    """Units for reading so many bytes; at least one, or half of one."""
    units = max(ceil(size_bytes / _READ_UNIT_BYTES), 1)
    return float(units) if is_consistent else units / 2


def write_units(before: Image | None, after: Image | None) -> int:
    """Units for a write: the larger of the two images counts."""
    return units_of_bytes(max(before.size if before else 0, after.size if after else 0))


def units_of_bytes(size_bytes: int) -> int:
    """Units for writing so many bytes; at least one."""
    return max(ceil(size_bytes / _WRITE_UNIT_BYTES), 1)


def index_write_units(table: Table, before: Image | None, after: Image | None) -> dict[str, int]:
    """Units per index that a write changes."""
    found = {}
    for index in table.indexes:
        units = _index_units(index, before.item if before else None, after.item if after else None)
        if units:
            found[index.name] = units
    return found


def _index_units(index: Index, old: Item | None, new: Item | None) -> int:
    was = find_index_key(old, index.key) if old is not None else None
    becomes = find_index_key(new, index.key) if new is not None else None
    old_part = project(old, index) if old is not None and was is not None else None
    new_part = project(new, index) if new is not None and becomes is not None else None
    if old_part is None and new_part is None:
        return 0
    if old_part is not None and new_part is not None and was == becomes:
        return 0 if equal_items(old_part, new_part) else max(_units(old_part), _units(new_part))
    return sum(_units(part) for part in (old_part, new_part) if part is not None)


def project(item: Item, index: Index) -> Item:
    """What an index holds of an item."""
    if index.attributes is None:
        return item
    return {name: value for name, value in item.items() if name in index.attributes}


def _units(item: Item) -> int:
    return max(ceil(size_of_item(item) / _WRITE_UNIT_BYTES), 1)


class Consumed:
    """Units by table and index, summed up over the parts of a request."""

    __slots__ = ("_indexes", "_kind", "_mode", "_tables", "_vectors")

    def __init__(self, mode: str | None, kind: str = "") -> None:
        """`mode` is ReturnConsumedCapacity; `kind`, when given, is the member for the units (`WriteCapacityUnits`)."""
        self._mode = mode or "NONE"
        self._kind = kind
        self._tables: dict[str, tuple[Table, float]] = {}
        self._indexes: dict[str, dict[str, float]] = {}
        self._vectors: dict[str, dict[str, float]] = {}
        """Bytes written to vector indexes, which are no units."""

    @property
    def is_wanted(self) -> bool:
        return self._mode != "NONE"

    def clear(self) -> None:
        """Start again (a transaction's function may run twice)."""
        self._tables.clear()
        self._indexes.clear()
        self._vectors.clear()

    def add(self, table: Table, units: float, index_units: dict[str, Any] | None = None) -> None:
        """Count units of a table, and of its indexes."""
        self._tables[table.arn] = (table, self._tables.get(table.arn, (table, 0.0))[1] + units)
        mine = self._indexes.setdefault(table.arn, {})
        for name, more in (index_units or {}).items():
            mine[name] = mine.get(name, 0.0) + more

    def add_write(self, table: Table, before: Image | None, after: Image | None, factor: int = 1) -> None:
        """Count a write; transactions cost double."""
        if self.is_wanted:
            by_index = {name: units * factor for name, units in index_write_units(table, before, after).items()}
            self.add(table, float(write_units(before, after) * factor), by_index)
            if table.vectors and self._mode == "INDEXES":
                written = self._vectors.setdefault(table.arn, {})
                for name, size in vector_write_bytes(table, before, after).items():
                    written[name] = written.get(name, 0.0) + size

    def all(self) -> list[dict[str, Any]]:
        """In AWS's form, one for each table."""
        return [self._described(table, units) for table, units in self._tables.values()]

    def one(self) -> dict[str, Any]:
        """In AWS's form, when there is one table."""
        return self.all()[0]

    def _described(self, table: Table, units: float) -> dict[str, Any]:
        by_index = self._indexes[table.arn]
        described = {"TableName": table.name, **self._units(units + sum(by_index.values()))}
        if self._mode == "INDEXES":
            described["Table"] = self._units(units)
            for index in table.indexes:
                if index.name in by_index:
                    member = "GlobalSecondaryIndexes" if index.is_global else "LocalSecondaryIndexes"
                    described.setdefault(member, {})[index.name] = self._units(by_index[index.name])
            if written := self._vectors.get(table.arn):
                described["VectorIndexes"] = {name: {"VectorWriteRequestBytes": size} for name, size in written.items()}
        return described

    def _units(self, units: float) -> dict[str, Any]:
        return {"CapacityUnits": units, self._kind: units} if self._kind else {"CapacityUnits": units}
