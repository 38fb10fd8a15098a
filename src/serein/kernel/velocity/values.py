"""Values as Java sees them: how they print, compare and count.

A plain `list` is an array out of a JSON document, which prints as JSON; an `ArrayList` is one that a template made,
which prints in Java's way. A `dict` prints in Java's way in either case. None is null.
"""

import json
import math
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

from serein.kernel.velocity.errors import TemplateFailed

LONGEST_TEXT = 10 * 1024 * 1024
LONGEST_LIST = 100_000
_LARGEST_INTEGER_BITS = 4096
_MOST_VALUES = 1_000_000
_WORDS = {None: "null", True: "true", False: "false"}


class ArrayList(list[Any]):
    """A list made by a template or by a method of Java."""

    __slots__ = ()


class JavaArray(ArrayList):
    """An array of Java, as `split` gives: a list in every way but its text, which tells nothing."""

    __slots__ = ()


class Entry:
    """A pair of a map."""

    __slots__ = ("key", "value")

    def __init__(self, key: Any, value: Any) -> None:
        self.key = key
        self.value = value


class Bean:
    """An object that a service offers to templates: methods by name, and properties."""

    methods: ClassVar[dict[str, Any]] = {}

    def find_property(self, name: str) -> Any:
        return None

    def put_property(self, name: str, value: Any) -> None:
        """Set a property; one that can't be set stays as it is."""


class Loop(Bean):
    """What `$foreach` is inside of a loop."""

    __slots__ = ("index", "parent", "total")

    def __init__(self, total: int, parent: "Loop | None") -> None:
        self.index = 0
        self.total = total
        self.parent = parent

    def find_property(self, name: str) -> Any:
        if name == "hasNext":
            return self.index + 1 < self.total
        if name == "index":
            return self.index
        if name == "count":
            return self.index + 1
        if name == "first":
            return self.index == 0
        if name == "last":
            return self.index + 1 == self.total
        if name == "parent":
            return self.parent
        return self._topmost() if name == "topmost" else None

    def _topmost(self) -> "Loop":
        loop = self
        while loop.parent is not None:
            loop = loop.parent
        return loop


def text_of(value: Any) -> str:
    """Java's toString."""
    if isinstance(value, str):
        return value
    if value is None or value is True or value is False:
        return _WORDS[value]
    if isinstance(value, float):
        return double_text(value)
    if isinstance(value, dict | list | Entry):
        weigh(value)
        return bounded(_container_text(value))
    return str(value)


def _container_text(value: Any) -> str:
    if isinstance(value, dict):
        pairs = [f"{_container_text(key)}={_container_text(each)}" for key, each in value.items()]
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, JavaArray):
        return "[Ljava.lang.String;@1b28cdfa"
    if isinstance(value, ArrayList):
        return "[" + ", ".join([_container_text(each) for each in value]) + "]"
    if isinstance(value, list):
        return json_text(value)
    if isinstance(value, Entry):
        return f"{_container_text(value.key)}={_container_text(value.value)}"
    return text_of(value)


def weigh(value: Any) -> None:
    """Fail on a value too large to be gone through: a list can hold itself, or another one twice, many times over."""
    pending = [value]
    count = 0
    while pending:
        current = pending.pop()
        if isinstance(current, dict):
            pending.extend(current.values())
        elif isinstance(current, list):
            pending.extend(current)
        elif isinstance(current, Entry):
            pending.append(current.value)
        count += 1
        if count + len(pending) > _MOST_VALUES:
            raise TemplateFailed(f"A value consists of more than {_MOST_VALUES} values")


def json_text(value: Any) -> str:
    """A value as JSON, without spaces; what JSON doesn't know stands as its text."""
    if isinstance(value, dict | list):
        weigh(value)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=text_of)


def double_text(value: float) -> str:
    """Java's Double.toString: scientific below 10^-3 and from 10^7 on."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value) if "e" not in repr(value) else f"{value:f}"
    digits, _, exponent = f"{value!r}".partition("e")
    if not exponent:
        return _shifted(digits)
    return f"{digits if '.' in digits else digits + '.0'}E{int(exponent)}"


def _shifted(digits: str) -> str:
    """Decimal digits in scientific notation."""
    sign, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    whole, _, fraction = digits.partition(".")
    if whole.strip("0"):
        exponent = len(whole) - 1
        mantissa = (whole + fraction).rstrip("0")
    else:
        mantissa = fraction.lstrip("0").rstrip("0")
        exponent = -(len(fraction) - len(fraction.lstrip("0"))) - 1
    return f"{sign}{mantissa[0]}.{mantissa[1:] or '0'}E{exponent}"


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_true(value: Any) -> bool:
    """Velocity 1.7: everything but null and false."""
    return value is not None and value is not False


def is_equal(left: Any, right: Any) -> bool:
    """Velocity 1.7: numbers by their size, values of one class by `equals`, others by their text."""
    if left is None or right is None:
        return left is right
    if isinstance(left, dict | list):
        weigh(left)
        weigh(right)
    if type(left) is type(right):
        return bool(left == right)
    if is_number(left) and is_number(right):
        return bool(left == right)
    if isinstance(left, list) and isinstance(right, list):
        return list(left) == list(right)
    return text_of(left) == text_of(right)


def add(left: Any, right: Any, left_text: str, right_text: str) -> Any:
    """The sum, or the joined text when one is a text; null (None) is its source text then, as in Velocity."""
    if isinstance(left, str) or isinstance(right, str):
        joined = (left_text if left is None else text_of(left)) + (right_text if right is None else text_of(right))
        return bounded(joined)
    return arithmetic("+", left, right)


def arithmetic(operator: str, left: Any, right: Any) -> Any:
    """Java's arithmetic on integers that grow; null when an operand is no number, or the divisor 0."""
    if not (is_number(left) and is_number(right)):
        return None
    if operator in "/%":
        return _quotient(operator, left, right)
    try:
        result = left + right if operator == "+" else left - right if operator == "-" else left * right
    except OverflowError as overflow:
        raise TemplateFailed(f"A number is too large: {overflow}") from overflow
    if isinstance(result, int) and result.bit_length() > _LARGEST_INTEGER_BITS:
        raise TemplateFailed("A number is too large")
    return result


def _quotient(operator: str, left: Any, right: Any) -> Any:
    if right == 0:
        return None
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return quotient if operator == "/" else left - right * quotient
    try:
        return left / right if operator == "/" else left - right * int(left / right)
    except (OverflowError, ValueError) as unbounded:
        raise TemplateFailed(f"A number is too large: {unbounded}") from unbounded


def bounded(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise TemplateFailed(f"A text is longer than {LONGEST_TEXT} characters")
    return text


def items_of(value: Any) -> list[Any] | None:
    """What a loop goes over: a list's elements, a map's values; None where there is nothing to go over."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return list(value.values())
    return None


def java_lists(value: Any) -> Any:
    """A JSON document with Java's lists for its arrays, for services whose lists print in Java's way."""
    if isinstance(value, list):
        return ArrayList(map(java_lists, value))
    return {key: java_lists(each) for key, each in value.items()} if isinstance(value, dict) else value


def as_list(values: Iterable[Any]) -> ArrayList:
    return ArrayList(_counted(values))


def _counted(values: Iterable[Any]) -> Iterator[Any]:
    for number, value in enumerate(values):
        if number >= LONGEST_LIST:
            raise TemplateFailed(f"A list has more than {LONGEST_LIST} elements")
        yield value
