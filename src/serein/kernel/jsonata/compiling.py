"""From an expression's tree to closures: each node becomes a function of the context value and the frame.

Why closures: an expression is read once and evaluated many times; a closure has no dispatch left to do, which makes
plain member access some ten times as fast as walking the tree.
"""

from collections.abc import Callable
from typing import Any

from serein.kernel.jsonata.callables import Closure, Regex
from serein.kernel.jsonata.calls import compile_apply, compile_function, compile_lambda, compile_partial
from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.filters import compile_filter
from serein.kernel.jsonata.frames import Frame
from serein.kernel.jsonata.groups import compile_group, compile_object
from serein.kernel.jsonata.nodes import Node
from serein.kernel.jsonata.operators import compile_binary
from serein.kernel.jsonata.paths import compile_path, lookup
from serein.kernel.jsonata.transforms import compile_transform
from serein.kernel.jsonata.values import (
    UNDEFINED,
    Constructed,
    Sequence,
    append,
    collapsed,
    is_number,
    is_true,
    number,
)

_PLAIN = frozenset({"string", "number", "value", "regex", "lambda", "binary"})
"""Nodes whose value is no sequence."""


class Compiler:
    """Compiles one expression; nodes deeper than the limit fail when they are reached."""

    def __init__(self, deepest: int) -> None:
        self._deepest = deepest

    def compile(self, node: Node, depth: int) -> Closure:
        """The closure of a node that is `depth` below the expression or the lambda that it is in."""
        if depth >= self._deepest:
            return _overflow
        run = _COMPILERS[node.type](self, node, depth)
        filters = [compile_filter(self, stage.expression, depth + 1) for stage in node.predicates or ()]
        if filters:
            run = _filtered(run, filters)
        if node.group is not None and node.type != "path":
            run = _grouped(run, compile_group(self, node.group, depth + 1))
        if node.type in _PLAIN and not filters and node.group is None:
            return run
        return _finished(run, node.keep_array)

    def compile_all(self, nodes: list[Node], depth: int) -> list[Closure]:
        return [self.compile(node, depth) for node in nodes]


def _overflow(_: Any, __: Frame) -> Any:
    raise JsonataError("U1001")


def _finished(run: Closure, keep_array: bool) -> Closure:
    """The closure whose sequences have become the values they stand for."""

    def finish(context: Any, frame: Frame) -> Any:
        value = run(context, frame)
        if type(value) is not Sequence:
            return value
        if keep_array and not value.tuple_stream:
            value.keep_singleton = True
        return collapsed(value)

    return finish


def _filtered(run: Closure, filters: list[Callable[[Any, Frame], Any]]) -> Closure:
    def filtered(context: Any, frame: Frame) -> Any:
        value = run(context, frame)
        for each in filters:
            value = each(value, frame)
        return value

    return filtered


def _grouped(run: Closure, group: Closure) -> Closure:
    return lambda context, frame: group(run(context, frame), frame)


def _literal(_: Compiler, node: Node, __: int) -> Closure:
    value = node.value
    return lambda _context, _frame: value


def _regex(_: Compiler, node: Node, __: int) -> Closure:
    regex = Regex(node.value)
    return lambda _context, _frame: regex


def _name(_: Compiler, node: Node, __: int) -> Closure:
    name = node.value
    return lambda context, _: lookup(context, name)


def _variable(_: Compiler, node: Node, __: int) -> Closure:
    name = node.value
    if name:
        return lambda _, frame: frame.lookup(name)

    def context_value(context: Any, _: Frame) -> Any:
        return context[0] if type(context) is Sequence and context.outer_wrapper else context

    return context_value


def _wildcard(_: Compiler, __: Node, ___: int) -> Closure:
    def members(context: Any, _: Frame) -> Any:
        if type(context) is Sequence and context.outer_wrapper and context:
            context = context[0]
        values = context.values() if isinstance(context, dict) else context if isinstance(context, list) else ()
        found: Any = Sequence()
        for value in values:
            if isinstance(value, list):
                found = append(found, _flattened(value))
            else:
                found.append(value)
        return found

    return members


def _flattened(value: Any) -> list[Any]:
    if not isinstance(value, list):
        return [value]
    return [each for member in value for each in _flattened(member)]


def _descendant(_: Compiler, __: Node, ___: int) -> Closure:
    def below(context: Any, _: Frame) -> Any:
        found = Sequence()
        if context is not UNDEFINED:
            pending = [context]
            while pending:
                current = pending.pop()
                if not isinstance(current, list):
                    found.append(current)
                if isinstance(current, dict | list):
                    pending.extend(reversed(list(current.values() if isinstance(current, dict) else current)))
        return found

    return below


def _parent(_: Compiler, node: Node, __: int) -> Closure:
    label = node.slot.label
    return lambda _, frame: frame.lookup(label)


def _unary(compiler: Compiler, node: Node, depth: int) -> Closure:
    if node.value == "[":
        return _array(compiler, node, depth)
    if node.value == "{":
        return compile_object(compiler, node, depth)
    inner = compiler.compile(node.expression, depth + 1)

    def negated(context: Any, frame: Frame) -> Any:
        value = inner(context, frame)
        if value is UNDEFINED:
            return UNDEFINED
        if is_number(value):
            return number(-value)
        raise JsonataError("D1002", node.position, value=value)

    return negated


def _array(compiler: Compiler, node: Node, depth: int) -> Closure:
    items = [
        (item.type == "unary" and item.value == "[", compiler.compile(item, depth + 1)) for item in node.expressions
    ]
    kind = Constructed if node.is_cons_array else list

    def array(context: Any, frame: Frame) -> Any:
        members: list[Any] = kind()
        for is_array, item in items:
            value = item(context, frame)
            if value is UNDEFINED:
                continue
            if not is_array and isinstance(value, list):
                members.extend(value)
                frame.run.allow_members(len(members))
            else:
                members.append(value)
        return members

    return array


def _condition(compiler: Compiler, node: Node, depth: int) -> Closure:
    condition = compiler.compile(node.condition, depth + 1)
    then = compiler.compile(node.then, depth + 1)
    if node.otherwise is None:
        return lambda context, frame: then(context, frame) if is_true(condition(context, frame)) else UNDEFINED
    otherwise = compiler.compile(node.otherwise, depth + 1)
    return lambda context, frame: (then if is_true(condition(context, frame)) else otherwise)(context, frame)


def _block(compiler: Compiler, node: Node, depth: int) -> Closure:
    parts = compiler.compile_all(node.expressions, depth + 1)

    def block(context: Any, frame: Frame) -> Any:
        inner = frame.within({})
        value: Any = UNDEFINED
        for part in parts:
            value = part(context, inner)
        return value

    return block


def _bind(compiler: Compiler, node: Node, depth: int) -> Closure:
    name = node.lhs.value
    inner = compiler.compile(node.rhs, depth + 1)

    def bind(context: Any, frame: Frame) -> Any:
        value = inner(context, frame)
        frame.bind(name, value)
        return value

    return bind


_COMPILERS: dict[str, Callable[[Compiler, Node, int], Closure]] = {
    "apply": compile_apply,
    "binary": compile_binary,
    "bind": _bind,
    "block": _block,
    "condition": _condition,
    "descendant": _descendant,
    "function": compile_function,
    "lambda": compile_lambda,
    "name": _name,
    "number": _literal,
    "parent": _parent,
    "partial": compile_partial,
    "path": compile_path,
    "regex": _regex,
    "string": _literal,
    "transform": compile_transform,
    "unary": _unary,
    "value": _literal,
    "variable": _variable,
    "wildcard": _wildcard,
}
