"""Key schemas and projections that requests ask for, checked by AWS's rules.

A table's key and a local index's have a partition key and at most a sort key. A global index may have up to four
attributes in each part of its key, the partition key's first.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.DesignPattern.MultiAttributeKeys.html
"""

from typing import Any

from serein.services.dynamodb.errors import ValidationException

Elements = list[dict[str, str]]
_MOST_IN_A_PART = 4


def require_key_schema(elements: Elements, attributes: dict[str, str], *, is_index: bool = False) -> None:
    """Check the key of a table or a local index. Raises ValidationException."""
    _require_defined(elements, attributes, is_index=is_index)
    _require_hash_first(elements)
    if len(elements) > 1 and elements[1]["KeyType"] != "RANGE":
        raise ValidationException("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")


def require_global_key_schema(elements: Elements, attributes: dict[str, str], index_name: str) -> None:
    """Check the key of a global index. Raises ValidationException."""
    _require_defined(elements, attributes, is_index=True)
    _require_hash_first(elements)
    kinds = [element["KeyType"] for element in elements]
    if kinds != sorted(kinds):
        raise ValidationException("Invalid KeySchema: All HASH key elements must precede the RANGE key elements")
    for kind in ("HASH", "RANGE"):
        if kinds.count(kind) > _MOST_IN_A_PART:
            raise _invalid(
                f"Number of {kind} key attributes in KeySchema exceeds the limit of {_MOST_IN_A_PART} "
                f"for index: {index_name}"
            )


def _require_defined(elements: Elements, attributes: dict[str, str], *, is_index: bool) -> None:
    names = [element["AttributeName"] for element in elements]
    if not elements:
        raise _invalid("KeySchema must not be empty")
    if len(names) > len(attributes) and not is_index:
        raise ValidationException("Invalid KeySchema: Some index key attribute have no definition")
    if any(name not in attributes for name in names):
        raise _invalid(
            "Some index key attributes are not defined in AttributeDefinitions. "
            f"Keys: [{', '.join(names)}], AttributeDefinitions: [{', '.join(attributes)}]"
        )
    if len(names) == 2 and names[0] == names[1]:
        raise ValidationException("Both the Hash Key and the Range Key element in the KeySchema have the same name")
    if len(set(names)) != len(names):
        raise _invalid(f"Duplicate AttributeName in KeySchema: [{', '.join(names)}]")


def _require_hash_first(elements: Elements) -> None:
    if elements[0]["KeyType"] != "HASH":
        raise ValidationException("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")


def require_projection(projection: dict[str, Any]) -> None:
    """Check what an index is to project. Raises ValidationException."""
    kind = projection.get("ProjectionType")
    included: list[str] = projection.get("NonKeyAttributes") or []
    if kind is None:
        raise _invalid("Unknown ProjectionType: null")
    if included and kind != "INCLUDE":
        raise _invalid(f"ProjectionType is {kind}, but NonKeyAttributes is specified")
    if kind == "INCLUDE" and not included:
        raise _invalid("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
    for at, name in enumerate(included):
        if name in included[:at]:
            raise _invalid(f"Duplicate value in NonKeyAttributes: {name}")


def _invalid(reason: str) -> ValidationException:
    return ValidationException(f"One or more parameter values were invalid: {reason}")
