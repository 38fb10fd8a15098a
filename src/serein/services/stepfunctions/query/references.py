"""What is wrong with the text of a JSONata expression before it is evaluated."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

from serein.kernel.jsonata import JsonataError, Node, compile_expression

Reference = tuple[str, str]
"""A member of `$states` that isn't everywhere, or ""; and the message that refuses it."""
_NAMES = {"wildcard": "*", "descendant": "**", "parent": "%"}


@lru_cache(maxsize=4096)
def examine_expression(text: str) -> tuple[str | None, int, tuple[Reference, ...]]:
    """Why the text, without `{%` and `%}`, can't be read, and at which character; else what it refers to wrongly.

    AWS: an expression sees no document, so names, `*` and `$` mean something only within a path.
    """
    if not text:
        return "Unexpected end of expression", 0, ()
    try:
        tree = compile_expression(text).tree
    except JsonataError as error:
        return error.message, error.position or 0, ()
    found: dict[str, str] = {}
    for member, message in _references(tree, False):
        found.setdefault(message, member)
    return None, 0, tuple((member, message) for message, member in found.items())


def _references(node: Node, has_context: bool) -> Iterator[Reference]:
    if not has_context and (node.type in _NAMES or node.type == "name"):
        yield "", f"Reference to '{_NAMES.get(node.type, node.value)}' at the top level is not supported."
    elif node.type == "variable" and node.value == "$":
        yield "", "Reference to '$$' is not supported."
    elif node.type == "variable" and node.value == "" and not has_context:
        yield "", "Reference to '$' at the top level is not supported."
    elif node.type == "path":
        yield from _path_references(node, has_context)
    for part in _beside(node):
        yield from _references(part, has_context)
    for part in _within(node):
        yield from _references(part, True)


def _path_references(node: Node, has_context: bool) -> Iterator[Reference]:
    first = node.steps[0]
    if first.type == "variable" and first.value == "states" and len(node.steps) > 1 and node.steps[1].type == "name":
        member = node.steps[1].value
        if member in ("result", "errorOutput"):
            yield member, f"Reference to '$states.{member}' is not supported in this field."
    for index, step in enumerate(node.steps):
        yield from _references(step, has_context or index > 0)


def _beside(node: Node) -> Iterable[Node]:
    """The parts that see the same context as the node."""
    singles = (node.lhs, node.rhs, node.procedure, node.body, node.condition, node.then, node.otherwise)
    yield from (part for part in singles if part is not None)
    if node.type != "filter" and node.expression is not None:
        yield node.expression
    yield from node.expressions
    yield from node.arguments
    if node.type != "group":
        yield from (part for pair in node.pairs for part in pair)


def _within(node: Node) -> Iterable[Node]:
    """The parts that see what the node found."""
    for stage in [*(node.stages or ()), *(node.predicates or ())]:
        if stage.expression is not None:
            yield stage.expression
    if node.group is not None:
        yield from (part for pair in node.group.pairs for part in pair)
    yield from (term.expression for term in node.terms)
    yield from (part for part in (node.pattern, node.update, node.delete) if part is not None)
