"""Predicates: by position, `[0]`, or by what is true of a member, `[price > 10]`."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from serein.kernel.jsonata.frames import Frame
from serein.kernel.jsonata.nodes import Node
from serein.kernel.jsonata.values import UNDEFINED, Sequence, is_number, is_number_list, is_true

if TYPE_CHECKING:
    from serein.kernel.jsonata.compiling import Compiler

Stage = Callable[[Any, Frame], Any]
"""From what a step found to what is left of it."""


def compile_stages(compiler: "Compiler", nodes: list[Node], depth: int) -> list[Stage]:
    return [
        compile_filter(compiler, node.expression, depth + 1) if node.type == "filter" else _numbering(node.value)
        for node in nodes
    ]


def compile_filter(compiler: "Compiler", predicate: Node, depth: int) -> Stage:
    if predicate.type == "number":
        position = math.floor(predicate.value)
        return lambda value, _: _member(value, position)
    test = compiler.compile(predicate, depth)

    def kept(value: Any, frame: Frame) -> Any:
        found = _like(value)
        # The test of nothing is made once too, because it may fail.
        members = [UNDEFINED] if value is UNDEFINED else _members(value)
        for at, member in enumerate(members):
            frame.run.tick()
            result = test(member["@"], frame.within(dict(member))) if found.tuple_stream else test(member, frame)
            if _holds(result, at, len(members), found, member):
                found.append(member)
        return UNDEFINED if value is UNDEFINED else found

    return kept


def _holds(result: Any, at: int, count: int, found: Sequence, member: Any) -> bool:
    if is_number(result):
        result = [result]
    if not is_number_list(result):
        return is_true(result)
    for number in result:
        index = math.floor(number)
        if (index if index >= 0 else index + count) == at:
            found.append(member)
    return False


def _member(value: Any, position: int) -> Any:
    members = _members(value)
    found = _like(value)
    if not -len(members) <= position < len(members):
        return found
    member = members[position]
    if member is UNDEFINED:
        return found
    if isinstance(member, list):
        return member
    found.append(member)
    return found


def _members(value: Any) -> list[Any]:
    if value is UNDEFINED:
        return []
    return value if isinstance(value, list) else [value]


def _like(value: Any) -> Sequence:
    found = Sequence()
    if isinstance(value, Sequence) and value.tuple_stream:
        found.tuple_stream = True
    return found


def _numbering(name: str) -> Stage:
    def numbered(value: Any, _: Frame) -> Any:
        for at, bindings in enumerate(value):
            bindings[name] = at
        return value

    return numbered
