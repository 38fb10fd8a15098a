"""Paths: steps one after another, each applied to what the one before found."""

from typing import TYPE_CHECKING, Any

from serein.kernel.jsonata.callables import Closure
from serein.kernel.jsonata.filters import Stage, compile_stages
from serein.kernel.jsonata.frames import Frame
from serein.kernel.jsonata.groups import compile_group
from serein.kernel.jsonata.nodes import Node
from serein.kernel.jsonata.sorting import Sorter, compile_sort
from serein.kernel.jsonata.values import UNDEFINED, Constructed, Sequence

if TYPE_CHECKING:
    from serein.kernel.jsonata.compiling import Compiler


def lookup(value: Any, name: str) -> Any:
    """The member of an object; of an array, those of all its objects."""
    if isinstance(value, dict):
        return value.get(name, UNDEFINED)
    if not isinstance(value, list):
        return UNDEFINED
    found = Sequence()
    for each in value:
        member = lookup(each, name)
        if isinstance(member, list):
            found.extend(member)
        elif member is not UNDEFINED:
            found.append(member)
    return found


def compile_path(compiler: "Compiler", node: Node, depth: int) -> Closure:
    path = _Path(compiler, node, depth)
    names = plain_names(node)
    if names is None:
        return path.evaluate
    variable, members = names

    def plain(context: Any, frame: Frame) -> Any:
        """A member of an object in a variable: the same as the path in general finds, without its sequences."""
        value = frame.lookup(variable)
        for name in members:
            if type(value) is not dict:
                return path.evaluate(context, frame)
            value = value.get(name, UNDEFINED)
        return value

    return plain


def plain_names(node: Node) -> tuple[str, list[str]] | None:
    """The variable and the members of a path such as `$states.input.a`, None of any other node."""
    if node.type != "path":
        return None
    first, *rest = node.steps
    if first.type != "variable" or not first.value or not rest or node.keep_singleton_array or node.group is not None:
        return None
    for step in node.steps:
        is_plain = not (step.stages or step.predicates or step.focus or step.index or step.ancestor or step.is_tuple)
        if not is_plain or step.keep_array or step.group is not None:
            return None
    if any(step.type != "name" for step in rest):
        return None
    return first.value, [step.value for step in rest]


class _Step:
    __slots__ = ("ancestor", "focus", "index", "is_cons_array", "is_tuple", "run", "sort", "stages")

    def __init__(self, compiler: "Compiler", node: Node, depth: int) -> None:
        self.sort: Sorter | None = compile_sort(compiler, node, depth) if node.type == "sort" else None
        self.run: Any = None if self.sort else compiler.compile(node, depth)
        self.stages: list[Stage] = compile_stages(compiler, node.stages or [], depth)
        self.focus = node.focus
        self.index = node.index
        self.ancestor = node.ancestor.label if node.ancestor else None
        self.is_tuple = node.is_tuple
        self.is_cons_array = node.is_cons_array


class _Path:
    __slots__ = ("_first_is_variable", "_group", "_is_tuple", "_keeps_singleton", "_steps")

    def __init__(self, compiler: "Compiler", node: Node, depth: int) -> None:
        self._steps = [_Step(compiler, step, depth + 1) for step in node.steps]
        self._first_is_variable = node.steps[0].type == "variable"
        self._keeps_singleton = node.keep_singleton_array
        self._is_tuple = node.is_tuple
        self._group = compile_group(compiler, node.group, depth + 1) if node.group is not None else None

    def evaluate(self, context: Any, frame: Frame) -> Any:
        values: Any = context if isinstance(context, list) and not self._first_is_variable else Sequence([context])
        found: Any = UNDEFINED
        tuples: Any = None
        last = len(self._steps) - 1
        for at, step in enumerate(self._steps):
            if at == 0 and step.is_cons_array:
                found = step.run(values, frame)
            elif step.is_tuple or tuples is not None:
                tuples = _follow_tuples(step, values, tuples, frame)
            else:
                found = _follow(step, values, frame, at == last)
            if tuples is None and (found is UNDEFINED or (isinstance(found, list) and not found)):
                break
            if step.focus is None and tuples is None:
                values = found if isinstance(found, list) else Sequence([found])
        if tuples is not None:
            found = tuples if self._is_tuple else Sequence([each["@"] for each in tuples])
        return self._completed(found, tuples, frame)

    def _completed(self, found: Any, tuples: Any, frame: Frame) -> Any:
        if self._keeps_singleton:
            if isinstance(found, Constructed):
                found = Sequence([found])
            if isinstance(found, Sequence):
                found.keep_singleton = True
        if self._group is not None:
            return self._group(tuples if tuples is not None else found, frame)
        return found


def _follow(step: _Step, values: list[Any], frame: Frame, is_last: bool) -> Any:
    if step.sort is not None:
        found = step.sort(values, frame)
        for stage in step.stages:
            found = stage(found, frame)
        return found
    results = []
    size = 0
    for value in values:
        result = step.run(value, frame)
        for stage in step.stages:
            result = stage(result, frame)
        if result is not UNDEFINED:
            results.append(result)
        if isinstance(result, list):
            size += len(result)
            frame.run.allow_members(size)
            frame.run.tick()
    if is_last and len(results) == 1 and isinstance(results[0], list) and not isinstance(results[0], Sequence):
        return results[0]
    found = Sequence()
    for result in results:
        if isinstance(result, list) and not isinstance(result, Constructed):
            found.extend(result)
        else:
            found.append(result)
    return found


def _follow_tuples(step: _Step, values: list[Any], tuples: Any, frame: Frame) -> Any:
    if step.sort is not None:
        return _sorted_tuples(step, values, tuples, frame)
    found = Sequence()
    found.tuple_stream = True
    for bindings in tuples if tuples is not None else [{"@": value} for value in values]:
        result = step.run(bindings["@"], frame.within(dict(bindings)))
        if result is UNDEFINED:
            continue
        members = result if isinstance(result, list) else [result]
        is_stream = isinstance(result, Sequence) and result.tuple_stream
        for at, member in enumerate(members):
            found.append(_bound(step, bindings, member, at, is_stream))
        frame.run.allow_members(len(found))
        frame.run.tick()
    result_tuples: Any = found
    for stage in step.stages:
        result_tuples = stage(result_tuples, frame)
    return result_tuples


def _bound(step: _Step, bindings: dict[str, Any], member: Any, at: int, is_stream: bool) -> dict[str, Any]:
    bound = dict(bindings)
    if is_stream:
        bound.update(member)
        return bound
    if step.focus is not None:
        bound[step.focus] = member
    else:
        bound["@"] = member
    if step.index is not None:
        bound[step.index] = at
    if step.ancestor is not None:
        bound[step.ancestor] = bindings["@"]
    return bound


def _sorted_tuples(step: _Step, values: list[Any], tuples: Any, frame: Frame) -> Any:
    sort = step.sort
    if sort is None:
        return tuples
    found: Any
    if tuples is not None:
        found = sort(tuples, frame)
    else:
        found = Sequence()
        for at, value in enumerate(sort(values, frame)):
            found.append({"@": value} if step.index is None else {"@": value, step.index: at})
    found.tuple_stream = True
    for stage in step.stages:
        found = stage(found, frame)
    return found
