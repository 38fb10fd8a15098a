"""Whether each CloudFormation type says what it has made, before it does more that may fail.

The source of every `create` is followed, and that of what it calls: once a call has made something, no further one may
come before `deployment.begun`, on any path. Reads that come first make nothing.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

SRC = Path(__file__).parents[2] / "src"
SERVICES = SRC / "serein" / "services"
READS = ("Describe", "Get", "Head", "List")
NOTHING, MADE, BEGUN = "nothing made", "made, and not said", "said"
JUSTIFIED = {
    "apigatewayv2.ApiGatewayManagedOverrides": "makes nothing: it changes settings, and its deletion leaves them",
    "cloudformation.NestedStackType": "names its stack with HandlerPending, or when the stack is whole",
}
"""Types whose further calls leave nothing behind when they fail, and why."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
States = frozenset[str]


class Module(NamedTuple):
    functions: dict[str, Function]
    classes: dict[str, ast.ClassDef]
    imports: dict[str, tuple[Path, str]]


class Place(NamedTuple):
    """Where a statement stands: names and `self` mean something only there."""

    path: Path
    owner: str


@cache
def module_at(path: Path) -> Module:
    tree = ast.parse(path.read_text(), str(path))
    imports = {
        alias.asname or alias.name: (file_of(node.module), alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("serein.services.")
        for alias in node.names
    }
    functions = {node.name: node for node in tree.body if isinstance(node, Function)}
    return Module(functions, {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}, imports)


def file_of(module: str | None) -> Path:
    path = SRC / (module or "").replace(".", "/")
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def method_of(node: ast.ClassDef, name: str) -> Function | None:
    return next((it for it in node.body if isinstance(it, Function) and it.name == name), None)


def handlers() -> Iterator[tuple[str, Place, Function]]:
    """Every class that makes resources for a deployment."""
    for path in sorted(SERVICES.rglob("*.py")):
        if "def create(self, deployment" not in path.read_text():
            continue
        for name, node in module_at(path).classes.items():
            create = method_of(node, "create")
            if create is not None:
                yield f"{path.relative_to(SERVICES).parts[0]}.{name}", Place(path, name), create


class Walk:
    """Follows a `create` through what may have happened, and keeps the calls that come too early."""

    def __init__(self) -> None:
        self.early: set[str] = set()
        self._inside: list[Function] = []

    def function(self, function: Function, place: Place, states: States) -> States:
        if function in self._inside:
            return states
        self._inside.append(function)
        returned: set[str] = set()
        left = self.body(function.body, place, states, returned)
        self._inside.pop()
        return left | returned

    def body(self, statements: list[ast.stmt], place: Place, states: States, returned: set[str]) -> States:
        for statement in statements:
            if not states:
                break
            states = self.statement(statement, place, states, returned)
        return states

    def statement(self, node: ast.stmt, place: Place, states: States, returned: set[str]) -> States:
        if isinstance(node, ast.If):
            states = self.expression(node.test, place, states)
            orelse = self.body(node.orelse, place, states, returned)
            return self.body(node.body, place, states, returned) | orelse
        if isinstance(node, ast.For | ast.AsyncFor | ast.While):
            states = self.expression(node.test if isinstance(node, ast.While) else node.iter, place, states)
            once = self.body(node.body, place, states, returned)
            return states | once | self.body(node.body, place, once, returned)
        if isinstance(node, ast.Try):
            tried = self.body(node.body, place, states, returned)
            caught = [self.body(it.body, place, states | tried, returned) for it in node.handlers]
            after = self.body(node.orelse, place, tried, returned).union(*caught)
            return self.body(node.finalbody, place, after, returned)
        if isinstance(node, ast.With | ast.AsyncWith):
            return self.body(node.body, place, states, returned)
        if isinstance(node, Function | ast.ClassDef):
            return states
        for value in ast.iter_child_nodes(node):
            if isinstance(value, ast.expr):
                states = self.expression(value, place, states)
        if isinstance(node, ast.Return):
            returned |= states
        return frozenset() if isinstance(node, ast.Return | ast.Raise) else states

    def expression(self, node: ast.expr, place: Place, states: States) -> States:
        is_repeated = isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp)
        for _ in range(2 if is_repeated else 1):
            for child in ast.iter_child_nodes(node):
                inner = child.iter if isinstance(child, ast.comprehension) else child
                if isinstance(inner, ast.keyword):
                    inner = inner.value
                if isinstance(inner, ast.expr) and not isinstance(inner, ast.Lambda):
                    states = self.expression(inner, place, states)
        return self.call(node, place, states) if isinstance(node, ast.Call) else states

    def call(self, node: ast.Call, place: Place, states: States) -> States:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name == "begun":
            return frozenset({BEGUN})
        if name == "call" and isinstance(node.func, ast.Attribute):
            operation = next((it for it in map(text_of, node.args) if it[:1].isupper()), "")
            if MADE in states:
                self.early.add(f"{operation or 'a call'} at {place.path.name}:{node.lineno}")
            is_read = operation.startswith(READS)
            return frozenset(state if is_read or state != NOTHING else MADE for state in states)
        found = self.find(node.func, place)
        return self.function(*found, states) if found is not None else states

    def find(self, called: ast.expr, place: Place) -> tuple[Function, Place] | None:
        """The function of the service that is called, and where it stands."""
        module = module_at(place.path)
        if isinstance(called, ast.Name):
            if called.id in module.functions:
                return module.functions[called.id], place
            if called.id in module.imports:
                path, name = module.imports[called.id]
                function = module_at(path).functions.get(name)
                return None if function is None else (function, Place(path, ""))
            return None
        if not isinstance(called, ast.Attribute) or getattr(called.value, "id", "") == "deployment":
            return None
        nearby = [(place.path, it) for it in module.classes.values()]
        if getattr(called.value, "id", "") == "self":
            nearby = [(place.path, module.classes[place.owner])]
        nearby += [
            (path, module_at(path).classes[name])
            for path, name in module.imports.values()
            if name in module_at(path).classes
        ]
        for path, node in nearby:
            method = method_of(node, called.attr)
            if method is not None:
                return method, Place(path, node.name)
        return None


def text_of(node: ast.expr) -> str:
    """What is known of a text before the program runs: of a formatted one its beginning."""
    if isinstance(node, ast.JoinedStr) and node.values:
        node = node.values[0]
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


HANDLERS = {name: (place, create) for name, place, create in handlers()}


def test_the_types_are_found() -> None:
    assert len(HANDLERS) > 90
    assert not JUSTIFIED.keys() - HANDLERS.keys()


@pytest.mark.parametrize("name", [name for name in HANDLERS if name not in JUSTIFIED])
def test_a_type_says_what_it_has_begun_before_it_calls_again(name: str) -> None:
    place, create = HANDLERS[name]
    walk = Walk()
    walk.function(create, place, frozenset({NOTHING}))
    assert not walk.early, f"{name}.create must await deployment.begun(physical_id) before {sorted(walk.early)}"
