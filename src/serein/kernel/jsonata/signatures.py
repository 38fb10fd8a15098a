"""Signatures of functions: `<s-nn?:s>` says which arguments one takes, and which it takes from the context."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.values import UNDEFINED, is_function

_ARRAYS_OF = {
    "a": "arrays",
    "b": "booleans",
    "f": "functions",
    "n": "numbers",
    "o": "objects",
    "s": "strings",
}


@dataclass(slots=True)
class _Parameter:
    type: str
    pattern: str
    subtype: str = ""
    context: "re.Pattern[str] | None" = None


class Signature:
    """A signature that was read."""

    __slots__ = ("_pattern", "parameters")

    def __init__(self, parameters: list[_Parameter]) -> None:
        self.parameters = parameters
        self._pattern = "".join([f"({parameter.pattern})" for parameter in parameters])

    def validated(self, arguments: list[Any], context: Any) -> list[Any]:
        """The arguments, with the context where one is left out. Raises T0410, T0411, T0412."""
        symbols = "".join([_symbol(argument) for argument in arguments])
        groups = _groups_of(self._pattern, symbols)
        if groups is None:
            raise self._mismatch(symbols)
        validated: list[Any] = []
        position = 0
        for parameter, group in zip(self.parameters, groups, strict=True):
            if not group:
                if parameter.context is not None:
                    validated.append(_from_context(parameter, context, position))
                else:
                    validated.append(arguments[position] if position < len(arguments) else UNDEFINED)
                    position += 1
                continue
            for symbol in group:
                argument = arguments[position] if position < len(arguments) else UNDEFINED
                if parameter.type == "a":
                    argument = _as_array(parameter, argument, symbol, position)
                validated.append(argument)
                position += 1
        return validated

    def _mismatch(self, symbols: str) -> JsonataError:
        good = 0
        pattern = ""
        for parameter in self.parameters:
            pattern += parameter.pattern
            found = re.match(pattern, symbols)
            if found is None:
                break
            good = found.end()
        return JsonataError("T0410", index=good + 1)


@lru_cache(maxsize=4096)
def _groups_of(pattern: str, symbols: str) -> tuple[str, ...] | None:
    found = re.fullmatch(pattern, symbols)
    return None if found is None else tuple(group or "" for group in found.groups())


def _from_context(parameter: _Parameter, context: Any, position: int) -> Any:
    if parameter.context is not None and parameter.context.fullmatch(_symbol(context)):
        return context
    raise JsonataError("T0411", index=position + 1)


def _as_array(parameter: _Parameter, argument: Any, symbol: str, position: int) -> Any:
    if symbol == "m":
        return UNDEFINED
    if parameter.subtype:
        wanted = parameter.subtype[0]
        fits = symbol == parameter.subtype if symbol != "a" else _holds_only(argument, wanted)
        if not fits:
            raise JsonataError("T0412", index=position + 1, type=_ARRAYS_OF.get(wanted, wanted))
    return argument if symbol == "a" else [argument]


def _holds_only(values: list[Any], symbol: str) -> bool:
    kinds = {_SYMBOLS.get(kind) for kind in set(map(type, values))}
    return kinds <= {symbol} or (None in kinds and all(_symbol(each) == symbol for each in values))


def _symbol(value: Any) -> str:
    found = _SYMBOLS.get(type(value))
    if found is not None:
        return found
    if value is UNDEFINED:
        return "m"
    if is_function(value):
        return "f"
    return "a" if isinstance(value, list) else "o"


_SYMBOLS: dict[type, str] = {
    str: "s",
    bool: "b",
    int: "n",
    float: "n",
    list: "a",
    dict: "o",
    type(None): "l",
}
_PATTERNS = {"a": "[asnblfom]", "f": "f", "j": "[asnblom]", "x": "[asnblfom]"}


@lru_cache(maxsize=512)
def parse_signature(text: str) -> Signature:
    """Read a signature such as `<a<n>:n>`. Raises S0401, S0402."""
    parameters: list[_Parameter] = []
    position = 1
    while position < len(text) and text[position] != ":":
        symbol = text[position]
        if symbol in "snblo":
            parameters.append(_Parameter(symbol, f"[{symbol}m]"))
        elif symbol in _PATTERNS:
            parameters.append(_Parameter(symbol, _PATTERNS[symbol]))
        elif symbol == "(":
            end = _closing(text, position, "(", ")")
            choice = text[position + 1 : end]
            if "<" in choice:
                raise JsonataError("S0402", value=choice)
            parameters.append(_Parameter(f"({choice})", f"[{choice}m]"))
            position = end
        elif parameters:
            position = _modify(parameters[-1], text, position)
        position += 1
    return Signature(parameters)


def _modify(parameter: _Parameter, text: str, position: int) -> int:
    """Apply what follows a parameter; the position of its last character."""
    symbol = text[position]
    if symbol == "-":
        parameter.context = re.compile(parameter.pattern)
        parameter.pattern += "?"
    elif symbol in "?+":
        parameter.pattern += symbol
    elif symbol == "<":
        if parameter.type not in ("a", "f"):
            raise JsonataError("S0401", value=parameter.type)
        end = _closing(text, position, "<", ">")
        parameter.subtype = text[position + 1 : end]
        return end
    return position


def _closing(text: str, start: int, opening: str, closing: str) -> int:
    depth = 0
    for position in range(start, len(text)):
        depth += (text[position] == opening) - (text[position] == closing)
        if depth == 0:
            return position
    return len(text)
