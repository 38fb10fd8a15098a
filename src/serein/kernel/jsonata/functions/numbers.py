"""Functions of numbers, and of booleans."""

import math
import re
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from serein.kernel import ids
from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.functions.integer_pictures import format_integer, parse_integer
from serein.kernel.jsonata.functions.number_pictures import format_number
from serein.kernel.jsonata.values import UNDEFINED, find_boolean, number

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[Ee][-+]?[0-9]+)?")
_RADIX = re.compile(r"0[xX][0-9a-fA-F]+|0[oO][0-7]+|0[bB][01]+")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LONGEST_NUMBER = 400
_EXACT = Context(prec=1000)
"""Enough digits for any double with 300 places."""


def sum_of(numbers: Any) -> Any:
    return UNDEFINED if numbers is UNDEFINED else number(sum(numbers))


def count(values: Any) -> Any:
    return 0 if values is UNDEFINED else len(values)


def largest(numbers: Any) -> Any:
    return UNDEFINED if numbers is UNDEFINED or not numbers else max(numbers)


def smallest(numbers: Any) -> Any:
    return UNDEFINED if numbers is UNDEFINED or not numbers else min(numbers)


def average(numbers: Any) -> Any:
    return UNDEFINED if numbers is UNDEFINED or not numbers else number(sum(numbers) / len(numbers))


def to_number(value: Any) -> Any:
    if value is UNDEFINED:
        return UNDEFINED
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    if isinstance(value, str) and len(value) <= _LONGEST_NUMBER:
        if _RADIX.fullmatch(value):
            return number(int(value, 0))
        if _NUMBER.fullmatch(value) and math.isfinite(float(value)):
            return number(float(value))
    raise JsonataError("D3030", value=value)


def absolute(value: Any) -> Any:
    return UNDEFINED if value is UNDEFINED else abs(value)


def floor(value: Any) -> Any:
    return UNDEFINED if value is UNDEFINED else math.floor(value)


def ceil(value: Any) -> Any:
    return UNDEFINED if value is UNDEFINED else math.ceil(value)


def rounded(value: Any, precision: Any) -> Any:
    """To so many digits after the point, halves to the even neighbour."""
    if value is UNDEFINED:
        return UNDEFINED
    places = 0 if precision is UNDEFINED else math.trunc(precision)
    if abs(places) > 300 or not math.isfinite(value):
        return value
    step = Decimal(1).scaleb(-places)
    return number(float(Decimal(repr(value)).quantize(step, ROUND_HALF_EVEN, context=_EXACT)))


def square_root(value: Any) -> Any:
    if value is UNDEFINED:
        return UNDEFINED
    if value < 0:
        raise JsonataError("D3060", value=value)
    return number(math.sqrt(value))


def power(base: Any, exponent: Any) -> Any:
    if base is UNDEFINED:
        return UNDEFINED
    try:
        result = math.pow(base, exponent)
    except (OverflowError, ValueError, TypeError) as error:
        raise JsonataError("D3061", value=base, exp=exponent) from error
    return number(result)


def random_number() -> float:
    return ids.random_fraction()


def format_base(value: Any, radix: Any) -> Any:
    if value is UNDEFINED:
        return UNDEFINED
    whole = round(value)
    base = 10 if radix is UNDEFINED else math.trunc(radix)
    if not 2 <= base <= 36:
        raise JsonataError("D3100", value=base)
    digits = ""
    left = abs(whole)
    while left or not digits:
        left, digit = divmod(left, base)
        digits = _DIGITS[digit] + digits
    return "-" + digits if whole < 0 else digits


def boolean(value: Any) -> Any:
    return find_boolean(value)


def negation(value: Any) -> Any:
    found = find_boolean(value)
    return UNDEFINED if found is UNDEFINED else not found


FUNCTIONS: dict[str, tuple[Any, str]] = {
    "abs": (absolute, "<n-:n>"),
    "average": (average, "<a<n>:n>"),
    "boolean": (boolean, "<x-:b>"),
    "ceil": (ceil, "<n-:n>"),
    "count": (count, "<a:n>"),
    "floor": (floor, "<n-:n>"),
    "formatBase": (format_base, "<n-n?:s>"),
    "formatInteger": (format_integer, "<n-s:s>"),
    "formatNumber": (format_number, "<n-so?:s>"),
    "max": (largest, "<a<n>:n>"),
    "min": (smallest, "<a<n>:n>"),
    "not": (negation, "<x-:b>"),
    "number": (to_number, "<(nsb)-:n>"),
    "parseInteger": (parse_integer, "<s-s:n>"),
    "power": (power, "<n-n:n>"),
    "random": (random_number, "<:n>"),
    "round": (rounded, "<n-n?:n>"),
    "sqrt": (square_root, "<n-:n>"),
    "sum": (sum_of, "<a<n>:n>"),
}
