"""The property VectorIndexes of tables and global tables."""

from typing import Any

from serein.kernel.resource import Properties
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.resources.conversion import numbers, require_members

Request = dict[str, Any]
_INDEX = ("IndexName", "VectorAttribute", "SearchSchema", "Projection", "Dimensions", "DistanceFunction")


def vector_indexes(properties: Properties) -> list[Request]:
    """VectorIndexes in the API's form."""
    wanted = []
    for number, index in enumerate(properties.get("VectorIndexes") or []):
        require_members(index, f"VectorIndexes/{number}", _INDEX)
        wanted.append({**index, **({"Dimensions": numbers(index["Dimensions"])} if "Dimensions" in index else {})})
    return wanted


def vector_changes(table: Request, new: Properties) -> tuple[list[Request], list[Request]]:
    """UpdateTable's requests for what goes and for what comes, each for one index.

    AWS: an index can't be changed, only the list can
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-dynamodb-table-vectorindex.html).
    Raises ValidationException.
    """
    has = {index["IndexName"]: index for index in table.get("VectorIndexes", [])}
    wants = {index["IndexName"]: index for index in vector_indexes(new)}
    for name, index in wants.items():
        if name in has and _comparable(has[name]) != _comparable(index):
            raise ValidationException(
                f"Cannot update properties of vector index {name}. You can create a new index with a different name."
            )
    gone = [{"VectorIndexUpdates": [{"Delete": {"IndexName": name}}]} for name in has if name not in wants]
    definitions = new.get("AttributeDefinitions", [])
    come = [
        {"AttributeDefinitions": definitions, "VectorIndexUpdates": [{"Create": index}]}
        for name, index in wants.items()
        if name not in has
    ]
    return gone, come


def _comparable(index: Request) -> Request:
    projection = index["Projection"]
    included = sorted(projection.get("NonKeyAttributes") or [])
    kept = {name: index[name] for name in _INDEX if index.get(name)}
    return {**kept, "Projection": (projection.get("ProjectionType"), included)}
