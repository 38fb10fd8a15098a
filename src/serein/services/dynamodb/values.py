"""Attribute values: `{"S": "text"}`, `{"N": "1"}`, … in the form of the JSON wire, which is also the stored form.

Requests bring binary values as bytes; parsed values hold them as base64 text. Numbers are canonical, so two values
without sets are equal exactly when their dicts are.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.numbers import parse_number

Value = dict[str, Any]
Item = dict[str, Value]
_DEEPEST = 31
"""Lists and maps within one another. AWS: with the value in the innermost one that makes 32 levels."""

encode_json = msgspec.json.Encoder().encode
_ITEM_DECODER = msgspec.json.Decoder(dict[str, dict[str, Any]])
decode_item: Callable[[bytes], Item] = _ITEM_DECODER.decode


def parse_item(item: Item) -> Item:
    """Return the attributes in stored form. Raises ValidationException for a value that can't be stored."""
    for name, value in item.items():
        if len(value) != 1 or "S" not in value:
            return {name: parse_value(value) for name, value in item.items()}
    return item


def parse_value(value: Value, depth: int = 1) -> Value:
    """Return a value in stored form. Raises ValidationException as AWS does."""
    if len(value) != 1:
        raise _not_one_type(value)
    ((kind, content),) = value.items()
    if kind == "S":
        return value
    if kind == "N":
        text = parse_number(content)
        return value if text is content else {"N": text}
    if kind == "BOOL":
        return value
    return _PARSERS[kind](content, depth)


def _not_one_type(value: Value) -> ValidationException:
    if not value:
        return ValidationException(
            "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
        )
    return ValidationException(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
    )


def _parse_binary(content: bytes, _: int) -> Value:
    return {"B": b64encode(content).decode()}


def _parse_null(content: bool, _: int) -> Value:
    if not content:
        raise _invalid("Null attribute value types must have the value of true")
    return {"NULL": True}


def _parse_string_set(content: list[str], _: int) -> Value:
    if not content:
        raise _invalid("An string set  may not be empty")
    if len(set(content)) != len(content):
        raise _invalid(f"Input collection [{', '.join(content)}] contains duplicates.")
    return {"SS": content}


def _parse_number_set(content: list[str], _: int) -> Value:
    if not content:
        raise _invalid("An number set  may not be empty")
    numbers = [parse_number(text) for text in content]
    if len(set(numbers)) != len(numbers):
        raise ValidationException("Input collection contains duplicates")
    return {"NS": numbers}


def _parse_binary_set(content: list[bytes], _: int) -> Value:
    if not content:
        raise _invalid("Binary sets should not be empty")
    texts = [b64encode(member).decode() for member in content]
    if len(set(texts)) != len(texts):
        raise _invalid(f"Input collection [{', '.join(texts)}]of type BS contains duplicates.")
    return {"BS": texts}


def _parse_list(content: list[Value], depth: int) -> Value:
    _require_depth(depth)
    return {"L": [parse_value(member, depth + 1) for member in content]}


def _parse_map(content: Item, depth: int) -> Value:
    _require_depth(depth)
    return {"M": {name: parse_value(member, depth + 1) for name, member in content.items()}}


def require_nesting(value: Value, depth: int) -> None:
    """Check a value that is to be put at a depth (an attribute's own is 1). Raises ValidationException."""
    kind = kind_of(value)
    if kind in ("L", "M"):
        _require_depth(depth)
        for member in value["L"] if kind == "L" else value["M"].values():
            require_nesting(member, depth + 1)


def _require_depth(depth: int) -> None:
    if depth > _DEEPEST:
        raise ValidationException(
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond "
            "supported limit"
        )


def _invalid(reason: str) -> ValidationException:
    return ValidationException(f"One or more parameter values were invalid: {reason}")


_PARSERS: dict[str, Callable[[Any, int], Value]] = {
    "B": _parse_binary,
    "NULL": _parse_null,
    "SS": _parse_string_set,
    "NS": _parse_number_set,
    "BS": _parse_binary_set,
    "L": _parse_list,
    "M": _parse_map,
}


def kind_of(value: Value) -> str:
    """The value's type: `S`, `N`, `B`, `BOOL`, `NULL`, `SS`, `NS`, `BS`, `L` or `M`."""
    return next(iter(value))


def equal(left: Value | None, right: Value | None) -> bool:
    """Whether two values are the same; the order within sets doesn't count."""
    if left == right:
        return left is not None
    if left is None or right is None:
        return False
    kind = kind_of(left)
    if kind != kind_of(right):
        return False
    mine, other = left[kind], right[kind]
    if len(kind) == 2:
        return len(mine) == len(other) and set(mine) == set(other)
    if kind == "L":
        return len(mine) == len(other) and all(map(equal, mine, other))
    if kind == "M":
        return equal_items(mine, other)
    return False


def equal_items(left: Item, right: Item) -> bool:
    """Whether two items, or maps, hold the same attributes."""
    return left == right or (
        len(left) == len(right) and all(name in right and equal(value, right[name]) for name, value in left.items())
    )


def ordered(left: Value, right: Value) -> int | None:
    """Compare two values: negative, zero or positive; None when they have no order between them."""
    kind = kind_of(left)
    if kind not in ("S", "N", "B") or kind not in right:
        return None
    mine, other = sortable(left), sortable(right)
    return int(mine > other) - int(mine < other)


def sortable(value: Value) -> Any:
    """A Python object that sorts as the string, number or binary value does."""
    ((kind, content),) = value.items()
    if kind == "N":
        return Decimal(content)
    return b64decode(content) if kind == "B" else content


def begins_with(value: Value, prefix: Value) -> bool:
    """Whether a string or binary value begins with another of its type."""
    kind = kind_of(value)
    if kind not in ("S", "B") or kind not in prefix:
        return False
    begins: bool = sortable(value).startswith(sortable(prefix))
    return begins


def contains(value: Value, member: Value) -> bool:
    """Whether a string has a part, or a set or list has a member."""
    kind = kind_of(value)
    if kind in ("S", "B"):
        return kind in member and sortable(member) in sortable(value)
    if len(kind) == 2:
        return kind[0] in member and member[kind[0]] in value[kind]
    return kind == "L" and any(equal(one, member) for one in value["L"])
