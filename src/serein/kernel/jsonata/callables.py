"""Functions as values, and how they are called."""

from collections.abc import Callable
from typing import Any

from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.frames import Frame
from serein.kernel.jsonata.signatures import Signature
from serein.kernel.jsonata.values import UNDEFINED, Function, is_function

Closure = Callable[[Any, Frame], Any]
"""A compiled node: from the context value and the frame to its value."""
_MATCH_SECONDS = 1.0
"""What one match may take; some patterns would go on for years."""


class Native(Function):
    """A function that is built in.

    One that `needs_frame` gets the caller's frame before its arguments; `arity` doesn't count the `optional` ones that
    `$map` and its like mustn't fill.
    """

    __slots__ = ("_width", "arity", "is_variadic", "name", "needs_frame", "run", "signature")

    def __init__(
        self,
        name: str,
        run: Callable[..., Any],
        signature: Signature | None,
        arity: int,
        needs_frame: bool = False,
        is_variadic: bool = False,
        optional: int = 0,
    ) -> None:
        self.name = name
        self.run = run
        self.signature = signature
        self.arity = arity
        self.needs_frame = needs_frame
        self.is_variadic = is_variadic
        self._width = arity + optional

    def call(self, arguments: list[Any], context: Any, frame: Frame) -> Any:
        if self.signature is not None:
            arguments = self.signature.validated(arguments, context)
        if not self.is_variadic and len(arguments) != self._width:
            arguments = (arguments + [UNDEFINED] * self._width)[: self._width]
        return self.run(frame, *arguments) if self.needs_frame else self.run(*arguments)


class Lambda(Function):
    """A function that an expression defines, or what is left to call at the end of one (a thunk)."""

    __slots__ = ("arity", "body", "context", "frame", "names", "reach", "signature", "tail")

    def __init__(
        self,
        names: list[str],
        body: Closure,
        context: Any,
        frame: Frame,
        signature: Signature | None = None,
        tail: "Tail | None" = None,
        reach: int = 0,
    ) -> None:
        self.names = names
        self.arity = len(names)
        self.body = body
        self.context = context
        self.frame = frame
        self.signature = signature
        self.tail = tail
        self.reach = reach
        """How deep evaluating the body nests whatever it does."""


class Tail:
    """The call at the end of a lambda's body."""

    __slots__ = ("arguments", "position", "procedure", "token")

    def __init__(self, procedure: Closure, arguments: list[Closure], token: Any, position: int) -> None:
        self.procedure = procedure
        self.arguments = arguments
        self.token = token
        self.position = position


class Regex(Function):
    """A regular expression: a function from a text to its first match, which can tell the next."""

    __slots__ = ("pattern",)
    arity = 1

    def __init__(self, pattern: Any) -> None:
        """`pattern` is one of the package `regex`."""
        self.pattern = pattern

    def match(self, text: str, start: int = 0, is_first: bool = True) -> Any:
        try:
            found = self.pattern.search(text, start, timeout=_MATCH_SECONDS)
        except TimeoutError:
            raise JsonataError("U1002") from None
        if found is None:
            return UNDEFINED
        if not is_first and not found[0]:
            raise JsonataError("D1004", value=self.pattern.pattern)

        def following() -> Any:
            return UNDEFINED if found.end() >= len(text) else self.match(text, found.end(), False)

        return {
            "match": found[0],
            "start": found.start(),
            "end": found.end(),
            "groups": [UNDEFINED if group is None else group for group in found.groups()],
            "next": Native("next", following, None, 0),
        }


def apply(function: Any, arguments: list[Any], context: Any, frame: Frame) -> Any:
    """Call a function; calls at the end of lambdas don't nest."""
    result = _apply(function, arguments, context, frame)
    while isinstance(result, Lambda) and result.tail is not None:
        frame.run.tick()
        tail, inner = result.tail, result
        try:
            following = tail.procedure(inner.context, inner.frame)
            values = [argument(inner.context, inner.frame) for argument in tail.arguments]
            result = _apply(following, values, context, frame)
        except JsonataError as error:
            raise error.placed(tail.position, tail.token) from None
    return result


def _apply(function: Any, arguments: list[Any], context: Any, frame: Frame) -> Any:
    if isinstance(function, Native):
        return function.call(arguments, context, frame)
    if isinstance(function, Lambda):
        if function.signature is not None:
            arguments = function.signature.validated(arguments, context)
        run = frame.run
        run.tick()
        depth = frame.depth + 1
        if depth + function.reach >= run.limits.depth:
            raise JsonataError("U1001")
        bound = dict(zip(function.names, arguments, strict=False))
        for name in function.names[len(arguments) :]:
            bound[name] = UNDEFINED
        return function.body(function.context, Frame(bound, function.frame, run, depth))
    if isinstance(function, Regex):
        text = arguments[0] if arguments else UNDEFINED
        return function.match(text) if isinstance(text, str) else UNDEFINED
    raise JsonataError("T1006")


def apply_to_member(function: Any, member: Any, index: Any, whole: Any, frame: Frame) -> Any:
    """Call a function of `$map` and its like with as much as it takes: the member, where it is, and of what."""
    if not is_function(function):
        raise JsonataError("T1006")
    arguments = [member, index, whole][: max(1, min(function.arity, 3))]
    return apply(function, arguments, UNDEFINED, frame)


def require_function(value: Any, code: str, position: int, **inserts: Any) -> Function:
    if not is_function(value):
        raise JsonataError(code, position, **inserts)
    return value
