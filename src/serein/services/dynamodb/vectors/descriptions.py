"""Vector indexes as replies show them."""

from typing import Any

from serein.services.dynamodb.counts import Counted, Counts
from serein.services.dynamodb.tables import TableDefinition
from serein.services.dynamodb.vectors.indexes import VectorIndexDefinition

Described = dict[str, Any]
_NOTHING = Counted(0, 0, 0.0)


def settings(index: VectorIndexDefinition) -> Described:
    """An index as requests ask for it: AWS's VectorIndex and VectorIndexInfo."""
    shown: Described = {
        "IndexName": index.name,
        "VectorAttribute": {"AttributeName": index.attribute},
        "Projection": index.projection,
        "Dimensions": index.dimensions,
        "DistanceFunction": index.distance,
    }
    if index.search_schema:
        shown["SearchSchema"] = index.search_schema
    return shown


def add_vector_indexes(described: Described, definition: TableDefinition, counts: Counts, status: str) -> None:
    """Add a table's vector indexes to its description. `status` is as for describe."""
    if not definition.vectors:
        return
    described["VectorIndexes"] = shown = []
    for index in definition.vectors:
        count, size, _ = counts.get(index.id, _NOTHING)
        one = settings(index)
        is_new = index.is_backfilling or definition.status == "CREATING"
        one["IndexStatus"] = "CREATING" if is_new else status or "ACTIVE"
        if index.is_backfilling:
            one["Backfilling"] = True
        one |= {"IndexSizeBytes": size, "ItemCount": count, "IndexArn": f"{definition.arn}/index/{index.name}"}
        shown.append(one)
