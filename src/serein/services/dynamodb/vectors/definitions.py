"""From the vector indexes that requests ask for to definitions, by AWS's rules.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/VectorSearch.Requirements.html
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.keyschemas import require_projection
from serein.services.dynamodb.vectors.indexes import VectorIndexDefinition

Request = dict[str, Any]
_MOST_INDEXES, _MOST_DIMENSIONS, _MOST_FILTERS, _MOST_PROJECTED = 5, 4096, 18, 20


def vector_indexes(
    request: Request, attributes: dict[str, str], names: Collection[str], new_id: Callable[[], int]
) -> list[VectorIndexDefinition]:
    """The vector indexes that CreateTable asks for. `names` are those of its other indexes.

    Raises ValidationException.
    """
    wanted = request.get("VectorIndexes")
    if wanted is None:
        return []
    if not wanted:
        raise _invalid("List of VectorIndexes is empty")
    require_on_demand(request.get("BillingMode", "PROVISIONED"))
    keys = {element["AttributeName"] for element in request.get("KeySchema", [])}
    found: list[VectorIndexDefinition] = []
    taken = set(names)
    for one in wanted:
        index = vector_index(one, attributes, keys, new_id())
        if index.name in taken:
            raise _invalid(f"Duplicate index name: {index.name}")
        taken.add(index.name)
        require_one_size(index, found)
        found.append(index)
    require_count(len(found))
    return found


def require_on_demand(billing: str) -> None:
    """Check the billing mode of a table that has vector indexes. Raises ValidationException."""
    if billing != "PAY_PER_REQUEST":
        raise _invalid("Vector indexes are only supported on tables with BillingMode PAY_PER_REQUEST")


def require_count(count: int) -> None:
    """Check how many vector indexes a table is to have. Raises ValidationException."""
    if count > _MOST_INDEXES:
        raise _invalid(f"VectorIndex count exceeds the per-table limit of {_MOST_INDEXES}")


def require_one_size(index: VectorIndexDefinition, others: Sequence[VectorIndexDefinition]) -> None:
    """Check that the indexes of one attribute have as many dimensions. Raises ValidationException."""
    for other in others:
        if other.attribute == index.attribute and other.dimensions != index.dimensions:
            raise _invalid(
                f"Vector indexes of attribute {index.attribute} must have the same number of dimensions. "
                f"{other.name}: {other.dimensions}, {index.name}: {index.dimensions}"
            )


def vector_index(
    wanted: Request, attributes: dict[str, str], keys: Collection[str], id: int, *, is_backfilling: bool = False
) -> VectorIndexDefinition:
    """One vector index that a request asks for; `keys` are the table's. Raises ValidationException."""
    name, dimensions = wanted["IndexName"], wanted["Dimensions"]
    attribute = wanted["VectorAttribute"]["AttributeName"]
    schema = wanted.get("SearchSchema") or []
    if not 1 <= dimensions <= _MOST_DIMENSIONS:
        raise _invalid(
            f"Provided Dimensions value '{dimensions}' is out of valid range. The value must be between 1 and "
            f"{_MOST_DIMENSIONS} inclusive. IndexName: {name}"
        )
    if attribute in attributes or attribute in keys:
        # Why: such an attribute is a string, a number or binary.
        raise _invalid(
            f"VectorAttribute {attribute} must not be defined in AttributeDefinitions: it is a list. IndexName: {name}"
        )
    _require_search_schema(schema, attributes, name)
    require_projection(wanted["Projection"])
    _require_projected(wanted["Projection"], schema, name)
    return VectorIndexDefinition(
        id, name, attribute, dimensions, wanted["DistanceFunction"], wanted["Projection"], schema, is_backfilling
    )


def _require_search_schema(schema: list[dict[str, str]], attributes: dict[str, str], index_name: str) -> None:
    names = [element["AttributeName"] for element in schema]
    if any(name not in attributes for name in names):
        raise _invalid("One element in SearchSchema is not defined in attribute definitions")
    if len(set(names)) != len(names):
        raise _invalid(f"Duplicate AttributeName in SearchSchema: [{', '.join(names)}]. IndexName: {index_name}")
    kinds = [element["SearchSchemaElementType"] for element in schema]
    if kinds.count("HASH") > 1:
        raise _invalid(f"SearchSchema must not have more than one HASH element. IndexName: {index_name}")
    if kinds.count("INLINE_FILTER") > _MOST_FILTERS:
        raise _invalid(
            f"Number of INLINE_FILTER elements in SearchSchema exceeds the limit of {_MOST_FILTERS}. "
            f"IndexName: {index_name}"
        )


def _require_projected(projection: Request, schema: list[dict[str, str]], index_name: str) -> None:
    """AWS: the vector and each inline filter count as projected attributes, too; a partition key doesn't."""
    filters = sum(1 for element in schema if element["SearchSchemaElementType"] == "INLINE_FILTER")
    if 1 + filters + len(projection.get("NonKeyAttributes") or ()) > _MOST_PROJECTED:
        raise _invalid(
            f"Number of projected attributes exceeds the limit of {_MOST_PROJECTED}, which the vector attribute and "
            f"inline filters count towards. IndexName: {index_name}"
        )


def _invalid(reason: str) -> ValidationException:
    return ValidationException(f"One or more parameter values were invalid: {reason}")
