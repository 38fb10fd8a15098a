"""Order: `path^(>price, name)`, and stable sorting by any comparison."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.frames import Frame
from serein.kernel.jsonata.nodes import Node
from serein.kernel.jsonata.values import UNDEFINED, Sequence, is_comparable, is_equal

if TYPE_CHECKING:
    from serein.kernel.jsonata.compiling import Compiler

Sorter = Callable[[list[Any], Frame], Sequence]


def sorted_by(values: list[Any], is_after: Callable[[Any, Any], bool]) -> list[Any]:
    """The values such that none is after the next; those of which neither is after the other keep their order."""

    class Key:
        __slots__ = ("value",)

        def __init__(self, value: Any) -> None:
            self.value = value

        def __lt__(self, other: "Key") -> bool:
            return is_after(other.value, self.value)

    return sorted(values, key=Key)


def compile_sort(compiler: "Compiler", node: Node, depth: int) -> Sorter:
    terms = [(compiler.compile(term.expression, depth + 1), term.is_descending) for term in node.terms]
    position = node.position

    def sort(values: list[Any], frame: Frame) -> Sequence:
        is_tuples = isinstance(values, Sequence) and values.tuple_stream

        def keys_of(value: Any) -> list[Any]:
            frame.run.tick()
            if is_tuples:
                inner = frame.within(dict(value))
                return [term(value["@"], inner) for term, _ in terms]
            return [term(value, frame) for term, _ in terms]

        keyed = [(keys_of(value), value) for value in values]

        def is_after(left: tuple[list[Any], Any], right: tuple[list[Any], Any]) -> bool:
            for one, other, (_, is_descending) in zip(left[0], right[0], terms, strict=True):
                order = _compare(one, other, is_descending, position)
                if order:
                    return order > 0
            return False

        found = Sequence([value for _, value in sorted_by(keyed, is_after)])
        found.tuple_stream = is_tuples
        return found

    return sort


def _compare(left: Any, right: Any, is_descending: bool, position: int) -> int:
    if left is UNDEFINED:
        return 0 if right is UNDEFINED else 1
    if right is UNDEFINED:
        return -1
    if not is_comparable(left) or not is_comparable(right):
        raise JsonataError("T2008", position, value=left)
    if isinstance(left, str) is not isinstance(right, str):
        raise JsonataError("T2007", position, value=left, value2=right)
    if is_equal(left, right):
        return 0
    return (-1 if left < right else 1) * (-1 if is_descending else 1)
