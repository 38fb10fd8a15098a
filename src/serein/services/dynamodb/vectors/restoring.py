"""The vector indexes that a restored table gets: its source's, or those of them that the request chooses."""

from typing import Any

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.tables import TableDefinition
from serein.services.dynamodb.vectors.descriptions import settings
from serein.services.dynamodb.vectors.indexes import VectorIndexDefinition

Request = dict[str, Any]


def restored_vector_indexes(source: TableDefinition, request: Request) -> list[VectorIndexDefinition]:
    """The source's indexes that VectorIndexOverride leaves. Raises ValidationException when one is not the source's."""
    wanted = request.get("VectorIndexOverride")
    if wanted is None:
        return source.vectors
    known = {index.name: index for index in source.vectors}
    for one in wanted:
        index = known.get(one["IndexName"])
        if index is None or _comparable(settings(index)) != _comparable(one):
            raise ValidationException(
                "One or more parameter values were invalid: VectorIndexOverride must match the source's indexes: "
                f"{one['IndexName']}"
            )
    return [known[one["IndexName"]] for one in wanted]


def _comparable(index: Request) -> Request:
    projection = index["Projection"]
    included = sorted(projection.get("NonKeyAttributes") or [])
    return {**index, "Projection": (projection.get("ProjectionType"), included)}
