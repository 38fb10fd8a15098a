"""Objects: `{key: value}`, and groupings of what a path finds, `path{key: value}`."""

from typing import TYPE_CHECKING, Any

from serein.kernel.jsonata.callables import Closure
from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.frames import Frame
from serein.kernel.jsonata.nodes import Node
from serein.kernel.jsonata.values import UNDEFINED, Sequence, append

if TYPE_CHECKING:
    from serein.kernel.jsonata.compiling import Compiler


def compile_object(compiler: "Compiler", node: Node, depth: int) -> Closure:
    """An object made of the context; where that is an array, of its members."""
    return compile_group(compiler, node, depth)


def compile_group(compiler: "Compiler", node: Node, depth: int) -> Closure:
    pairs = [(compiler.compile(key, depth + 1), compiler.compile(value, depth + 1)) for key, value in node.pairs]
    position = node.position

    def group(values: Any, frame: Frame) -> Any:
        is_tuples = isinstance(values, Sequence) and values.tuple_stream
        members = values if isinstance(values, list) else [values]
        if not members and not is_tuples:
            members = [UNDEFINED]
        groups: dict[str, tuple[int, Any]] = {}
        for member in members:
            context = member["@"] if is_tuples else member
            inner = frame.within(dict(member)) if is_tuples else frame
            for number, (key, _) in enumerate(pairs):
                _add(groups, key(context, inner), number, member, position)
        made = {}
        for name, (number, data) in groups.items():
            value = _value(pairs[number][1], data, is_tuples, frame)
            if value is not UNDEFINED:
                made[name] = value
        return made

    return group


def _add(groups: dict[str, tuple[int, Any]], name: Any, number: int, member: Any, position: int) -> None:
    if name is UNDEFINED:
        return
    if not isinstance(name, str):
        raise JsonataError("T1003", position, value=name)
    known = groups.get(name)
    if known is None:
        groups[name] = (number, member)
    elif known[0] != number:
        raise JsonataError("D1009", position, value=name)
    else:
        groups[name] = (number, append(known[1], member))


def _value(compute: Closure, data: Any, is_tuples: bool, frame: Frame) -> Any:
    if not is_tuples:
        return compute(data, frame)
    bindings = _merged(data)
    context = bindings.pop("@")
    return compute(context, frame.within(bindings))


def _merged(tuples: Any) -> dict[str, Any]:
    if not isinstance(tuples, list):
        return dict(tuples)
    merged = dict(tuples[0])
    for each in tuples[1:]:
        for name, value in each.items():
            merged[name] = append(merged.get(name, UNDEFINED), value)
    return merged
