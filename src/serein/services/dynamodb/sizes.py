"""How large items are, as AWS counts: names and values in UTF-8, with its overheads for numbers and documents.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
"""

from typing import Any

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.numbers import size_of_number
from serein.services.dynamodb.values import Item, Value

LARGEST_ITEM_BYTES = 400 * 1024
LARGEST_NAME_BYTES = 64 * 1024 - 1
_DOCUMENT_OVERHEAD = 3


def size_of_item(item: Item) -> int:
    """The size of an item or map in bytes, names included."""
    size = 0
    for name, value in item.items():
        size += len(name) if name.isascii() else len(name.encode())
        text: Any = value.get("S")
        if text is not None:
            size += len(text) if text.isascii() else len(text.encode())
        else:
            size += size_of_value(value)
    return size


def require_names(item: Item) -> None:
    """Check the lengths of the attribute names in an item or map. Raises ValidationException."""
    for name, value in item.items():
        if len(name.encode()) > LARGEST_NAME_BYTES:
            raise ValidationException(
                "One or more parameter values were invalid: Attribute name is too large, must be less than "
                f"{LARGEST_NAME_BYTES + 1} bytes"
            )
        _require_names_within(value)


def _require_names_within(value: Value) -> None:
    if "M" in value:
        require_names(value["M"])
    else:
        for member in value.get("L", ()):
            _require_names_within(member)


def size_of_value(value: Value) -> int:
    """The size of one value in bytes."""
    ((kind, content),) = value.items()
    if kind in ("BOOL", "NULL"):
        return 1
    if kind == "L":
        return _DOCUMENT_OVERHEAD + len(content) + sum(map(size_of_value, content))
    if kind == "M":
        return _DOCUMENT_OVERHEAD + len(content) + size_of_item(content)
    if len(kind) == 2:
        return sum(_size_of_scalar(kind[0], member) for member in content)
    return _size_of_scalar(kind, content)


def _size_of_scalar(kind: str, content: str) -> int:
    if kind == "S":
        return len(content) if content.isascii() else len(content.encode())
    if kind == "N":
        return size_of_number(content)
    return size_of_base64(content)


def size_of_base64(text: str) -> int:
    """How many bytes a base64 text stands for."""
    return len(text) // 4 * 3 - text.count("=", -2)
