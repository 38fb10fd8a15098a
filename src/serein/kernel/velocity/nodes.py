"""The parts of a template as closures: expressions give a value, statements write text.

An expression is a function of the state that gives a value; a statement is one that writes to `state.write`.
"""

from collections.abc import Callable, Sequence
from typing import Any

from serein.kernel.velocity import values
from serein.kernel.velocity.errors import TemplateFailed
from serein.kernel.velocity.methods import call, element_of, property_of, put_element, put_property
from serein.kernel.velocity.values import LONGEST_TEXT, Loop, is_true, text_of

MOST_ITERATIONS = 1000
"""AWS: a loop ends after so many (API Gateway's quotas; AppSync's too)."""
_MOST_STEPS = 100_000
_DEEPEST_CALL = 20

Expression = Callable[["State"], Any]
Statement = Callable[["State"], None]
Step = Callable[[Any, "State"], Any]


class Break(Exception):
    """`#break`."""


class Stop(Exception):
    """`#stop`, or `#return` with a value."""

    def __init__(self, value: Any = None, is_return: bool = False) -> None:
        super().__init__()
        self.value = value
        self.is_return = is_return


class State:
    """What a template has while it is rendered."""

    __slots__ = ("depth", "literals", "macros", "out", "size", "steps", "variables", "write")

    def __init__(self, variables: dict[str, Any], macros: dict[str, "Macro"]) -> None:
        self.variables = variables
        self.macros = macros
        self.literals: dict[str, str] = {}
        self.steps = 0
        self.depth = 0
        self.size = 0
        self.out: list[str] = []
        self.write = self.out.append

    def captured(self, block: Sequence[Statement]) -> str:
        """What a block writes, as a text."""
        before, write = self.out, self.write
        out: list[str] = []
        self.out = out
        self.write = out.append
        try:
            for statement in block:
                statement(self)
        finally:
            self.out, self.write = before, write
        text = joined(out)
        self.grow(len(text))
        return text

    def grow(self, size: int) -> None:
        """Count text that was made; too much of it fails."""
        self.size += size
        if self.size > LONGEST_TEXT:
            raise TemplateFailed(f"The template made more than {LONGEST_TEXT} characters")

    def step(self) -> None:
        self.steps += 1
        if self.steps > _MOST_STEPS:
            raise TemplateFailed(f"The template's loops ran more than {_MOST_STEPS} times")

    def enter(self) -> None:
        self.depth += 1
        if self.depth > _DEEPEST_CALL:
            raise TemplateFailed(f"Macros or templates are nested more than {_DEEPEST_CALL} deep")
        self.step()


def joined(parts: Sequence[str]) -> str:
    """The parts as one text; too long a one fails before it is made."""
    if sum(map(len, parts)) > LONGEST_TEXT:
        raise TemplateFailed(f"The template made more than {LONGEST_TEXT} characters")
    return "".join(parts)


class Macro:
    __slots__ = ("block", "parameters")

    def __init__(self, parameters: Sequence[str], block: Sequence[Statement]) -> None:
        self.parameters = parameters
        self.block = block


class Definition:
    """What `#define` makes: a block that is rendered wherever it is referred to."""

    __slots__ = ("block",)

    def __init__(self, block: Sequence[Statement]) -> None:
        self.block = block


def text(content: str) -> Statement:
    def write(state: State) -> None:
        state.write(content)

    return write


def constant(value: Any) -> Expression:
    return lambda _: value


def property_step(name: str) -> Step:
    def step(value: Any, _: State) -> Any:
        return value.get(name) if type(value) is dict else property_of(value, name)

    return step


def index_step(index: Expression) -> Step:
    return lambda value, state: element_of(value, index(state))


def method_step(name: str, arguments: Sequence[Expression]) -> Step:
    if not arguments:
        return lambda value, _: call(value, name, [])
    if len(arguments) == 1:
        only = arguments[0]
        return lambda value, state: call(value, name, [only(state)])
    return lambda value, state: call(value, name, [argument(state) for argument in arguments])


def reference(name: str, steps: Sequence[Step]) -> Expression:
    """The value of a reference, None where any part of it is null."""
    if not steps:

        def variable(state: State) -> Any:
            value = state.variables.get(name)
            return state_text(state, value) if type(value) is Definition else value

        return variable

    def chain(state: State) -> Any:
        value = state.variables.get(name)
        for step in steps:
            if value is None:
                return None
            value = step(value, state)
        return value

    return chain


def state_text(state: State, definition: Definition) -> str:
    state.enter()
    try:
        return state.captured(definition.block)
    finally:
        state.depth -= 1


def written(expression: Expression, literal: str, name: str, escapes: int = 0) -> Statement:
    """A reference in text: its value, or itself (`literal`) when it has none; backslashes before it escape it."""

    def write(state: State) -> None:
        value = expression(state)
        if value is None:
            state.write(state.literals.get(name, literal) if state.literals else literal)
        else:
            state.write(value if type(value) is str else text_of(value))

    def write_escaped(state: State) -> None:
        value = expression(state)
        if value is None:
            state.write("\\" * escapes + literal)
        else:
            state.write("\\" * (escapes // 2) + (literal if escapes % 2 else text_of(value)))

    return write_escaped if escapes else write


def assignment(name: str, steps: Sequence[Step], target: tuple[str, Any] | None, value: Expression) -> Statement:
    """`#set`; null is not assigned. `target` is the last step: a property's name or an index."""
    if target is None:

        def assign(state: State) -> None:
            assigned = value(state)
            if assigned is not None:
                state.variables[name] = assigned

        return assign
    holder = reference(name, steps)
    kind, key = target

    def put(state: State) -> None:
        assigned = value(state)
        place = holder(state)
        if assigned is None or place is None:
            return
        if kind == "property":
            put_property(place, key, assigned)
        else:
            put_element(place, key(state), assigned)

    return put


def condition(branches: Sequence[tuple[Expression, Sequence[Statement]]], otherwise: Sequence[Statement]) -> Statement:
    def choose(state: State) -> None:
        chosen = otherwise
        for test, block in branches:
            if is_true(test(state)):
                chosen = block
                break
        for statement in chosen:
            statement(state)

    return choose


def loop(name: str, source: Expression, block: Sequence[Statement]) -> Statement:
    def repeat(state: State) -> None:
        found = values.items_of(source(state))
        if not found:
            return
        items = found[:MOST_ITERATIONS]
        variables = state.variables
        before = {key: variables.get(key) for key in (name, "foreach", "velocityCount", "velocityHasNext")}
        outer = before["foreach"]
        variables["foreach"] = each = Loop(len(items), outer if isinstance(outer, Loop) else None)
        try:
            for index, item in enumerate(items):
                state.step()
                each.index = index
                variables[name] = item
                variables["velocityCount"] = index + 1
                variables["velocityHasNext"] = index + 1 < len(items)
                start = len(state.out)
                for statement in block:
                    statement(state)
                state.grow(sum(map(len, state.out[start:])))
        except Break:
            pass
        finally:
            variables.update(before)

    return repeat


def macro_call(name: str, arguments: Sequence[tuple[Expression, str]], body: Sequence[Statement] | None) -> Statement:
    def invoke(state: State) -> None:
        macro = state.macros.get(name)
        if macro is None:
            return
        state.enter()
        variables = state.variables
        bound: dict[str, Any] = dict.fromkeys(macro.parameters)
        literals: dict[str, str] = {}
        for parameter, (argument, source) in zip(macro.parameters, arguments, strict=False):
            bound[parameter] = argument(state)
            if bound[parameter] is None:
                literals[parameter] = source
        if body is not None:
            bound["bodyContent"] = Definition(body)
        before = {key: variables.get(key) for key in bound}
        outer_literals = state.literals
        variables.update(bound)
        state.literals = literals
        try:
            for statement in macro.block:
                statement(state)
        finally:
            variables.update(before)
            state.literals = outer_literals
            state.depth -= 1

    return invoke


def interpolated(block: Sequence[Statement]) -> Expression:
    return lambda state: state.captured(block)


def list_of(elements: Sequence[Expression]) -> Expression:
    return lambda state: values.ArrayList([element(state) for element in elements])


def map_of(pairs: Sequence[tuple[Expression, Expression]]) -> Expression:
    return lambda state: {_key(key(state)): value(state) for key, value in pairs}


def _key(key: Any) -> Any:
    if isinstance(key, dict | list):
        raise TemplateFailed("A map's key can be no map and no list")
    return key


def range_of(first: Expression, last: Expression) -> Expression:
    def numbers(state: State) -> Any:
        start, end = first(state), last(state)
        if not (isinstance(start, int) and isinstance(end, int)):
            return None
        return values.as_list(range(start, end + 1) if start <= end else range(start, end - 1, -1))

    return numbers


def _compared(operator: str, left: Any, right: Any) -> bool:
    if not (values.is_number(left) and values.is_number(right)):
        return False
    if operator[0] == "<":
        return bool(left <= right if operator == "<=" else left < right)
    return bool(left >= right if operator == ">=" else left > right)


def negated(operand: Expression) -> Expression:
    return lambda state: not is_true(operand(state))


def binary(operator: str, left: Expression, right: Expression, sources: tuple[str, str]) -> Expression:
    """An expression of two operands; `sources` are their source texts."""
    if operator == "||":
        return lambda state: is_true(left(state)) or is_true(right(state))
    if operator == "&&":
        return lambda state: is_true(left(state)) and is_true(right(state))
    if operator == "==":
        return lambda state: values.is_equal(left(state), right(state))
    if operator == "!=":
        return lambda state: not values.is_equal(left(state), right(state))
    if operator in ("<", "<=", ">", ">="):
        return lambda state: _compared(operator, left(state), right(state))
    if operator == "+":
        return lambda state: values.add(left(state), right(state), *sources)
    return lambda state: values.arithmetic(operator, left(state), right(state))


def stop(state: State) -> None:
    raise Stop


def leave(state: State) -> None:
    raise Break


def returned(value: Expression) -> Statement:
    def give(state: State) -> None:
        raise Stop(value(state), is_return=True)

    return give
