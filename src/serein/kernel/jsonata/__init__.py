"""JSONata 2.0: queries and transformations of JSON, which Step Functions has inside.

Written here because the one Python library for it takes null for undefined, rounds remainders, keeps state per thread,
raises the interpreter's recursion limit and gives errors without their codes; see ADR 16.
https://docs.jsonata.org
"""

from serein.kernel.jsonata.callables import Native
from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.expression import Expression, compile_expression
from serein.kernel.jsonata.frames import Frame, Limits
from serein.kernel.jsonata.library import LIBRARY, define
from serein.kernel.jsonata.nodes import Node
from serein.kernel.jsonata.values import UNDEFINED, Sequence, is_function

__all__ = [
    "LIBRARY",
    "UNDEFINED",
    "Expression",
    "Frame",
    "JsonataError",
    "Limits",
    "Native",
    "Node",
    "Sequence",
    "compile_expression",
    "define",
    "is_function",
]
