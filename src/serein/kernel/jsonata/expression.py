"""An expression: read once, evaluated as often as wanted."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from serein.kernel.jsonata.compiling import Compiler
from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.frames import Frame, Limits, Run
from serein.kernel.jsonata.library import LIBRARY
from serein.kernel.jsonata.nodes import Node
from serein.kernel.jsonata.parser import parse
from serein.kernel.jsonata.paths import plain_names
from serein.kernel.jsonata.shaping import shape
from serein.kernel.jsonata.values import UNDEFINED, Sequence

DEFAULT_LIMITS = Limits()


class Expression:
    """An expression that was read."""

    __slots__ = ("_run", "is_reference", "tree")

    def __init__(self, text: str, deepest: int, is_later: bool) -> None:
        try:
            self.tree: Node = shape(parse(text, is_later))
            self._run = Compiler(deepest).compile(self.tree, 0)
            self.is_reference = plain_names(self.tree) is not None
            """Whether its value is always a part of what it is given, or a sequence of such parts."""
        except RecursionError:
            raise JsonataError("U1001", 0) from None

    def evaluate(
        self,
        document: Any,
        names: Mapping[str, Any],
        *,
        functions: Mapping[str, Any] = LIBRARY,
        now: float = 0.0,
        limits: Limits = DEFAULT_LIMITS,
    ) -> Any:
        """The expression's value, which may be `UNDEFINED` or a function and may share parts with what it is given.

        `names` are variables without their `$`; `now` is in seconds since the epoch. Raises JsonataError.
        """
        run = Run(limits, now)
        frame = Frame({**names, "$": document}, Frame(functions, None, run, 0), run, 0)
        if isinstance(document, list):
            wrapped = Sequence([document])
            wrapped.outer_wrapper = True
            document = wrapped
        try:
            return self._run(document, frame)
        except RecursionError:
            raise JsonataError("U1001") from None
        except OverflowError:
            raise JsonataError("D1001", value=None) from None


@lru_cache(maxsize=4096)
def compile_expression(text: str, deepest: int = DEFAULT_LIMITS.depth, is_later: bool = False) -> Expression:
    """Read an expression; `is_later` adds the operators `?:` and `??` of JSONata 2.1. Raises JsonataError."""
    return Expression(text, deepest, is_later)


__all__ = ["UNDEFINED", "Expression", "compile_expression"]
