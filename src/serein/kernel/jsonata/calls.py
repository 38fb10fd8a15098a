"""Calls of functions, partial application, lambdas, and the operator `~>`."""

from typing import TYPE_CHECKING, Any

from serein.kernel.jsonata.callables import Closure, Lambda, Native, Tail, apply
from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.frames import Frame
from serein.kernel.jsonata.nodes import Node
from serein.kernel.jsonata.values import UNDEFINED, is_function

if TYPE_CHECKING:
    from serein.kernel.jsonata.compiling import Compiler


def compile_function(compiler: "Compiler", node: Node, depth: int) -> Closure:
    call = _Call(compiler, node, depth)
    return call.evaluate


class _Call:
    __slots__ = ("_arguments", "_depth", "_forgotten", "_position", "_procedure", "_token")

    def __init__(self, compiler: "Compiler", node: Node, depth: int) -> None:
        self._procedure = compiler.compile(node.procedure, depth + 1)
        self._arguments = compiler.compile_all(node.arguments, depth + 1)
        self._position = node.position
        self._forgotten, self._token = _names_of(node)
        self._depth = depth

    def evaluate(self, context: Any, frame: Frame) -> Any:
        return self.call([], context, frame)

    def call(self, first: list[Any], context: Any, frame: Frame) -> Any:
        """Call it with `first` before its own arguments."""
        function = self._procedure(context, frame)
        if function is UNDEFINED and self._forgotten and is_function(frame.lookup(self._forgotten)):
            raise JsonataError("T1005", self._position, token=self._forgotten)
        arguments = [*first, *[argument(context, frame) for argument in self._arguments]]
        inner = frame if not self._depth else Frame({}, frame, frame.run, frame.depth + self._depth)
        try:
            return apply(function, arguments, context, inner)
        except JsonataError as error:
            raise error.placed(self._position, self._token) from None


def _names_of(node: Node) -> tuple[str, Any]:
    """The name that lacks its `$`, if the procedure is one, and what messages call the function."""
    if node.procedure.type == "path":
        name = node.procedure.steps[0].value
        return str(name), name
    return "", node.procedure.value


def compile_apply(compiler: "Compiler", node: Node, depth: int) -> Closure:
    left = compiler.compile(node.lhs, depth + 1)
    if node.rhs.type == "function" and not node.rhs.predicates and node.rhs.group is None:
        call = _Call(compiler, node.rhs, depth + 1)
        return lambda context, frame: call.call([left(context, frame)], context, frame)
    right = compiler.compile(node.rhs, depth + 1)

    def applied(context: Any, frame: Frame) -> Any:
        value = left(context, frame)
        function = right(context, frame)
        if not is_function(function):
            raise JsonataError("T2006", node.position, value=function)
        if not is_function(value):
            return apply(function, [value], UNDEFINED, frame)
        return Native(
            "chain", lambda argument: apply(function, [apply(value, [argument], None, frame)], None, frame), None, 1
        )

    return applied


def compile_lambda(compiler: "Compiler", node: Node, _: int) -> Closure:
    if node.is_thunk:
        return _compile_thunk(compiler, node.body)
    names = [argument.value for argument in node.arguments]
    body = compiler.compile(node.body, 0)
    signature, reach = node.signature, _reach(node.body)
    return lambda context, frame: Lambda(names, body, context, frame, signature, reach=reach)


def _reach(node: Node | None) -> int:
    """How far below a node what is evaluated first goes."""
    depth = -1
    while node is not None:
        depth += 1
        first = node.steps or node.expressions
        node = first[0] if first else node.condition or node.lhs or node.expression or node.procedure
    return depth


def _compile_thunk(compiler: "Compiler", call: Node) -> Closure:
    procedure = compiler.compile(call.procedure, 1)
    arguments = compiler.compile_all(call.arguments, 1)
    tail = Tail(procedure, arguments, _names_of(call)[1], call.position)
    return lambda context, frame: Lambda([], procedure, context, frame, tail=tail)


def compile_partial(compiler: "Compiler", node: Node, depth: int) -> Closure:
    procedure = compiler.compile(node.procedure, depth + 1)
    forgotten, token = _names_of(node)
    arguments = [
        None if argument.type == "operator" else compiler.compile(argument, depth + 1) for argument in node.arguments
    ]

    def partial(context: Any, frame: Frame) -> Any:
        given = [None if argument is None else (argument(context, frame),) for argument in arguments]
        function = procedure(context, frame)
        if function is UNDEFINED and forgotten and is_function(frame.lookup(forgotten)):
            raise JsonataError("T1007", node.position, token=forgotten)
        if not is_function(function):
            raise JsonataError("T1008", node.position, token=token)

        def call(*rest: Any) -> Any:
            left = iter(rest)
            values = [next(left, UNDEFINED) if value is None else value[0] for value in given]
            return apply(function, values, context, frame)

        missing = sum(value is None for value in given)
        return Native("partial", call, None, missing, is_variadic=True)

    return partial
