"""The built-in functions by name, each with its signature."""

import inspect
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from serein.kernel.jsonata.callables import Native
from serein.kernel.jsonata.functions import arrays, moments, numbers, objects, strings
from serein.kernel.jsonata.signatures import parse_signature


def define(name: str, run: Any, signature: str, needs_frame: bool = False, is_variadic: bool = False) -> Native:
    """A function to add to those built in; what it isn't given is `UNDEFINED`."""
    parameters = [] if is_variadic else list(inspect.signature(run).parameters.values())[needs_frame:]
    optional = sum(parameter.default is not parameter.empty for parameter in parameters)
    arity = len(parameters) - optional
    return Native(name, run, parse_signature(signature), arity, needs_frame, is_variadic, optional)


def _library() -> Mapping[str, Native]:
    found: dict[str, Native] = {}
    for module in (arrays, moments, numbers, objects, strings):
        for name, (run, signature) in module.FUNCTIONS.items():
            found[name] = define(name, run, signature)
        for name, (run, signature) in getattr(module, "WITH_FRAME", {}).items():
            found[name] = define(name, run, signature, needs_frame=True)
        for name, (run, signature) in getattr(module, "VARIADIC", {}).items():
            found[name] = define(name, run, signature, is_variadic=True)
    return MappingProxyType(found)


LIBRARY = _library()
