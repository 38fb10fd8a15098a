"""Binary operators: arithmetic, comparison, logic, texts and ranges."""

import math
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from serein.kernel.jsonata.callables import Closure
from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.frames import Frame
from serein.kernel.jsonata.nodes import Node
from serein.kernel.jsonata.texts import text_of
from serein.kernel.jsonata.values import UNDEFINED, Sequence, is_comparable, is_equal, is_number, is_true, number

if TYPE_CHECKING:
    from serein.kernel.jsonata.compiling import Compiler

_LONGEST_RANGE = 10_000_000


def compile_binary(compiler: "Compiler", node: Node, depth: int) -> Closure:
    left = compiler.compile(node.lhs, depth + 1)
    right = compiler.compile(node.rhs, depth + 1)
    name, position = node.value, node.position
    if name == "and":
        return lambda context, frame: is_true(left(context, frame)) and is_true(right(context, frame))
    if name == "or":
        return lambda context, frame: is_true(left(context, frame)) or is_true(right(context, frame))
    if name == "..":
        return _placed(
            lambda context, frame: _range(left(context, frame), right(context, frame), frame), position, name
        )
    if name == "&":
        return lambda context, frame: _joined(left(context, frame), right(context, frame), frame)
    compute = _OPERATORS[name]
    return _placed(lambda context, frame: compute(left(context, frame), right(context, frame)), position, name)


def _placed(run: Closure, position: int, token: str) -> Closure:
    def placed(context: Any, frame: Frame) -> Any:
        try:
            return run(context, frame)
        except JsonataError as error:
            raise error.placed(position, token) from None

    return placed


def _arithmetic(compute: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def run(left: Any, right: Any) -> Any:
        if left is not UNDEFINED and not is_number(left):
            raise JsonataError("T2001", value=left)
        if right is not UNDEFINED and not is_number(right):
            raise JsonataError("T2002", value=right)
        if left is UNDEFINED or right is UNDEFINED:
            return UNDEFINED
        try:
            return number(compute(left, right))
        except OverflowError:
            return math.inf

    return run


def _divide(left: float, right: float) -> float:
    if right == 0:
        return math.nan if left == 0 else math.copysign(math.inf, left) * math.copysign(1.0, right)
    return left / right


def _remainder(left: float, right: float) -> float:
    if right == 0:
        return math.nan
    return math.fmod(left, right)


def _comparison(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], Any]:
    def run(left: Any, right: Any) -> Any:
        for value in (left, right):
            if value is not UNDEFINED and not is_comparable(value):
                raise JsonataError("T2010", value=value)
        if left is UNDEFINED or right is UNDEFINED:
            return UNDEFINED
        if isinstance(left, str) is not isinstance(right, str):
            raise JsonataError("T2009", value=left, value2=right)
        return compare(left, right)

    return run


def _equals(left: Any, right: Any) -> bool:
    return left is not UNDEFINED and right is not UNDEFINED and is_equal(left, right)


def _differs(left: Any, right: Any) -> bool:
    return left is not UNDEFINED and right is not UNDEFINED and not is_equal(left, right)


def _is_in(left: Any, right: Any) -> bool:
    if left is UNDEFINED or right is UNDEFINED:
        return False
    members = right if isinstance(right, list) else [right]
    return any(each is left if isinstance(left, dict | list) else is_equal(each, left) for each in members)


def _joined(left: Any, right: Any, frame: Frame) -> str:
    text = ("" if left is UNDEFINED else text_of(left)) + ("" if right is UNDEFINED else text_of(right))
    frame.run.allow_text(len(text))
    return text


def _range(first: Any, last: Any, frame: Frame) -> Any:
    for value, code in ((first, "T2003"), (last, "T2004")):
        if value is not UNDEFINED and not (is_number(value) and number(value) == math.floor(value)):
            raise JsonataError(code, value=value)
    if first is UNDEFINED or last is UNDEFINED or first > last:
        return UNDEFINED
    size = int(last) - int(first) + 1
    if size > _LONGEST_RANGE:
        raise JsonataError("D2014", value=size)
    frame.run.allow_members(size)
    return Sequence(range(int(first), int(last) + 1))


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": _arithmetic(operator.add),
    "-": _arithmetic(operator.sub),
    "*": _arithmetic(operator.mul),
    "/": _arithmetic(_divide),
    "%": _arithmetic(_remainder),
    "=": _equals,
    "!=": _differs,
    "<": _comparison(operator.lt),
    "<=": _comparison(operator.le),
    ">": _comparison(operator.gt),
    ">=": _comparison(operator.ge),
    "in": _is_in,
}
