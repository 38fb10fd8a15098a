"""Transforms: `| pattern | update, delete |`, functions that change a copy of an object."""

from typing import TYPE_CHECKING, Any

from serein.kernel.jsonata.callables import Closure, Native, apply
from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.frames import Frame
from serein.kernel.jsonata.nodes import Node
from serein.kernel.jsonata.signatures import parse_signature
from serein.kernel.jsonata.values import UNDEFINED, is_function, is_text_list

if TYPE_CHECKING:
    from serein.kernel.jsonata.compiling import Compiler


def compile_transform(compiler: "Compiler", node: Node, depth: int) -> Closure:
    pattern = compiler.compile(node.pattern, depth + 1)
    update = compiler.compile(node.update, depth + 1)
    delete = compiler.compile(node.delete, depth + 1) if node.delete is not None else None
    signature = parse_signature("<(oa):o>")

    def transform(_: Any, frame: Frame) -> Any:
        def transformed(value: Any) -> Any:
            if value is UNDEFINED:
                return UNDEFINED
            clone = frame.lookup("clone")
            if not is_function(clone):
                raise JsonataError("T2013", node.position)
            copy = apply(clone, [value], None, frame)
            matches = pattern(copy, frame)
            for match in [] if matches is UNDEFINED else matches if isinstance(matches, list) else [matches]:
                _update(match, update(match, frame), node.update.position)
                if delete is not None:
                    _delete(match, delete(match, frame), node.delete.position)
            return copy

        return Native("transform", transformed, signature, 1)

    return transform


def _update(target: Any, changes: Any, position: int) -> None:
    if changes is UNDEFINED:
        return
    if not isinstance(changes, dict):
        raise JsonataError("T2011", position, value=changes)
    if isinstance(target, dict):
        target.update(changes)


def _delete(target: Any, names: Any, position: int) -> None:
    if names is UNDEFINED:
        return
    listed = names if isinstance(names, list) else [names]
    if not is_text_list(listed):
        raise JsonataError("T2012", position, value=names)
    if isinstance(target, dict):
        for name in listed:
            target.pop(name, None)
