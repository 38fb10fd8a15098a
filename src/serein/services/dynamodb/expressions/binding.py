"""A request's placeholders: what the `#names` and `:values` of its expressions stand for."""

import re
from collections.abc import Callable
from typing import Any

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expressions.nodes import Operand, Parsed, Path, PathPart, ValueName
from serein.services.dynamodb.sizes import LARGEST_NAME_BYTES
from serein.services.dynamodb.values import Item, Value

Resolved = tuple[PathPart, ...]
"""A document path with its placeholders replaced."""
Getter = Callable[[Item], Value | None]
"""Finds an operand's value in an item; None when the item doesn't have it."""
_LONGEST_PLACEHOLDER = 255
_NAME = re.compile(r"#[0-9a-zA-Z_]+", re.ASCII)
_VALUE = re.compile(r":[0-9a-zA-Z_]+", re.ASCII)


class Placeholders:
    """The names and values of a request, already checked and in stored form."""

    __slots__ = ("names", "values")

    def __init__(self, names: dict[str, str] | None, values: Item | None) -> None:
        self.names = names or {}
        self.values = values or {}

    def require_defined(self, parsed: Parsed) -> None:
        """Check that all placeholders are defined. AWS: an update's are looked at before anything else of it."""
        for placeholder in parsed.names:
            self._name(placeholder)
        for placeholder in parsed.values:
            if placeholder not in self.values:
                raise _undefined_value(placeholder)

    def path(self, path: Path) -> Resolved:
        """The path that is meant. Raises ValidationException for a name that is not defined."""
        parts = path.parts
        first = parts[0]
        if len(parts) == 1 and isinstance(first, str) and first[0] != "#":
            return parts
        return tuple([self._name(part) if isinstance(part, str) and part[0] == "#" else part for part in parts])

    def _name(self, placeholder: str) -> str:
        name = self.names.get(placeholder)
        if name is None:
            raise ValidationException(
                f"An expression attribute name used in the document path is not defined; attribute name: {placeholder}"
            )
        return name

    def value(self, name: ValueName) -> Value:
        """The value that is meant. Raises ValidationException when it is not defined."""
        value = self.values.get(name.name)
        if value is None:
            raise _undefined_value(name.name)
        return value

    def immediate(self, operand: Operand) -> Value | None:
        """The value of an operand that is a placeholder for one, else None."""
        return self.value(operand) if isinstance(operand, ValueName) else None


def _undefined_value(placeholder: str) -> ValidationException:
    return ValidationException(
        f"An expression attribute value used in expression is not defined; attribute value: {placeholder}"
    )


def require_names(names: dict[str, str]) -> None:
    """Check ExpressionAttributeNames. Raises ValidationException."""
    if not names:
        raise ValidationException("ExpressionAttributeNames must not be empty")
    for placeholder, name in names.items():
        if _NAME.fullmatch(placeholder) is None:
            raise ValidationException(
                f'ExpressionAttributeNames contains invalid key: Syntax error; key: "{placeholder}"'
            )
        if len(placeholder) > _LONGEST_PLACEHOLDER:
            raise _too_long("ExpressionAttributeNames", placeholder)
        if len(name) > LARGEST_NAME_BYTES // 4 and len(name.encode()) > LARGEST_NAME_BYTES:
            raise ValidationException(
                "ExpressionAttributeNames contains invalid value: Attribute name is too large, must be less than "
                f"{LARGEST_NAME_BYTES + 1} bytes for key {placeholder}"
            )
        if not name:
            raise ValidationException(
                "ExpressionAttributeNames contains invalid value: Invalid AttributeName: the attribute name must not "
                f"be empty for key {placeholder}"
            )


def require_value_names(values: Item) -> None:
    """Check the keys of ExpressionAttributeValues. Raises ValidationException."""
    if not values:
        raise ValidationException("ExpressionAttributeValues must not be empty")
    for placeholder in values:
        if _VALUE.fullmatch(placeholder) is None:
            raise ValidationException(
                f'ExpressionAttributeValues contains invalid key: Syntax error; key: "{placeholder}"'
            )
        if len(placeholder) > _LONGEST_PLACEHOLDER:
            raise _too_long("ExpressionAttributeValues", placeholder)


def _too_long(member: str, placeholder: str) -> ValidationException:
    return ValidationException(
        f"{member} contains invalid key: The expression attribute map contains a key that is too long; "
        f'key: "{placeholder}"'
    )


def find_at(item: Item, path: Resolved) -> Value | None:
    """The value at a document path, or None when the item has none there."""
    name: Any = path[0]
    value: Value | None = item.get(name)
    for part in path[1:]:
        if value is None:
            return None
        if isinstance(part, str):
            inner = value.get("M")
            value = None if inner is None else inner.get(part)
        else:
            members = value.get("L")
            value = members[part] if members is not None and part < len(members) else None
    return value


def show_path(path: Resolved) -> str:
    """A path as AWS's messages show it: `[a, [0], b]`."""
    return "[" + ", ".join(f"[{part}]" if isinstance(part, int) else part for part in path) + "]"


def require_apart(paths: list[Resolved]) -> None:
    """Check that no two paths overlap or conflict. Raises ValidationException."""
    if len(paths) == 1 or (len(paths) == len({path[0] for path in paths})):
        return
    for at, later in enumerate(paths):
        for earlier in paths[:at]:
            _require_two_apart(earlier, later)


def _require_two_apart(one: Resolved, two: Resolved) -> None:
    problem = "overlap"
    for left, right in zip(one, two, strict=False):
        if isinstance(left, str) != isinstance(right, str):
            problem = "conflict"
            break
        if left != right:
            return
    raise ValidationException(
        f"Two document paths {problem} with each other; must remove or rewrite one of these paths; "
        f"path one: {show_path(one)}, path two: {show_path(two)}"
    )
