"""Values of JSONata: those of JSON, `UNDEFINED`, functions, and sequences, which collapse when they end up with one."""

import math
from typing import Any, Final, TypeGuard

from serein.kernel.jsonata.errors import JsonataError


class Undefined:
    """The type of `UNDEFINED`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "undefined"


UNDEFINED: Final[Any] = Undefined()
"""What there isn't: not null."""

EXACT_LIMIT = 2**53
"""Integers are exact up to here, as in the doubles of other implementations."""
_LONGEST_INTEGER = 1e21


class Sequence(list[Any]):
    """What a step of a path finds."""

    keep_singleton = False
    """Stays an array though it has one member only: `path[]`."""
    outer_wrapper = False
    """Stands for an input that is an array."""
    tuple_stream = False
    """Its members are bindings of a path with `@`, `#` or `%`, by name; the value itself is at `@`."""


class Constructed(list[Any]):
    """An array that an expression in brackets made at the end of a path: a step doesn't flatten it."""


class Function:
    """A function: built in, a lambda, or a regular expression."""

    __slots__ = ()
    arity = 0


def is_function(value: Any) -> TypeGuard[Function]:
    return isinstance(value, Function)


def is_number(value: Any) -> bool:
    """Whether a value is a number. Raises D1001 of an infinite one."""
    if isinstance(value, int):
        return not isinstance(value, bool)
    if not isinstance(value, float) or math.isnan(value):
        return False
    if math.isinf(value):
        raise JsonataError("D1001", value=None)
    return True


def is_comparable(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool))


def number(value: float) -> Any:
    """A number in the form that JSON gives it: whole ones are integers."""
    if isinstance(value, int):
        if -EXACT_LIMIT <= value <= EXACT_LIMIT:
            return value
        try:
            value = float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    if value.is_integer() and -_LONGEST_INTEGER < value < _LONGEST_INTEGER:
        return int(value)
    return value


def append(first: Any, second: Any) -> Any:
    """Both as one array; what is undefined adds nothing."""
    if first is UNDEFINED:
        return second
    if second is UNDEFINED:
        return first
    head = first if isinstance(first, list) else [first]
    return [*head, *second] if isinstance(second, list) else [*head, second]


def find_boolean(value: Any) -> Any:
    """What `$boolean` makes of a value: true, false, or undefined."""
    if value is UNDEFINED:
        return UNDEFINED
    if isinstance(value, list):
        if len(value) == 1:
            return find_boolean(value[0])
        return any(find_boolean(each) is True for each in value)
    if isinstance(value, str | dict):
        return len(value) > 0
    if isinstance(value, bool):
        return value
    return is_number(value) and value != 0


def is_true(value: Any) -> bool:
    return find_boolean(value) is True


def is_equal(left: Any, right: Any) -> bool:
    """Deep equality; true and 1 differ."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list):
        return (
            isinstance(right, list)
            and len(left) == len(right)
            and all(is_equal(one, other) for one, other in zip(left, right, strict=True))
        )
    if isinstance(left, dict):
        return (
            isinstance(right, dict)
            and left.keys() == right.keys()
            and all(is_equal(value, right[key]) for key, value in left.items())
        )
    return bool(left == right)


def is_number_list(value: Any) -> bool:
    return isinstance(value, list) and all(is_number(each) for each in value)


def is_text_list(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def collapsed(value: Any) -> Any:
    """A sequence as the value it stands for: undefined, its one member, or itself."""
    if type(value) is Sequence and not value.tuple_stream:
        if not value:
            return UNDEFINED
        if len(value) == 1 and not value.keep_singleton:
            return value[0]
    return value
