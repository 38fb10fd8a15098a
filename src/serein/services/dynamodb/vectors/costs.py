"""What vector indexes consume: bytes, apart from the units of tables and other indexes.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/VectorSearchMonitoring.html.
A request counts as at least a kilobyte. AWS's searches look at some of the vectors and count those; here they look at
all and count all.
"""

from serein.services.dynamodb.images import Image
from serein.services.dynamodb.tables import Table
from serein.services.dynamodb.vectors.indexes import Entry, find_entry, is_same_entry

_LEAST_BYTES = 1024


def search_cost(size_bytes: int) -> float:
    """Bytes for a search that looks at vectors and returns results of so many bytes."""
    return float(max(size_bytes, _LEAST_BYTES))


def vector_write_bytes(table: Table, before: Image | None, after: Image | None) -> dict[str, float]:
    """Bytes per vector index that a write changes. What is missing to the least a request costs is the first's."""
    old, new = (before.item if before else None), (after.item if after else None)
    found: dict[str, float] = {}
    for index in table.vectors:
        if old is not None and new is not None and is_same_entry(index, old, new):
            continue
        was = find_entry(index, old) if old is not None else None
        becomes = find_entry(index, new) if new is not None else None
        if was is not None or becomes is not None:
            found[index.name] = float(_cost(was, becomes))
    missing = _LEAST_BYTES - sum(found.values())
    if found and missing > 0:
        found[next(iter(found))] += missing
    return found


def _cost(was: Entry | None, becomes: Entry | None) -> int:
    if was is None or becomes is None:
        present = becomes or was
        return present.size if present else 0
    return becomes.size + (was.size if was.pk != becomes.pk else 0)
