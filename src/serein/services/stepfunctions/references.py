"""Which variables each state of a definition refers to: DescribeStateMachine tells them."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

_QUOTED = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|/\*.*?\*/", re.DOTALL)
_REFERRED = re.compile(r"(?<![\w$])\$([A-Za-z_]\w*)(?!\w|\s*\()")
_BOUND = re.compile(r"\$([A-Za-z_]\w*)\s*:=|(?:function|λ)\s*\(([^)]*)\)")
_WITHIN = frozenset({"States", "Branches", "Iterator", "ItemProcessor"})
_PATHS = ("Path", ".$", "Variable")
_RESERVED = "states"


@lru_cache(maxsize=256)
def variable_references(definition: str) -> dict[str, list[str]]:
    """The names of variables by the names of the states that have any; not to be changed."""
    machine = json.loads(definition)
    found = {}
    for name, state, language in states_of(machine, machine.get("QueryLanguage", "JSONPath")):
        texts = _expressions(state) if language == "JSONata" else _paths(state, "")
        variables = list(dict.fromkeys(variable for text in texts for variable in _variables(text)))
        if variables:
            found[name] = variables
    return found


def states_of(value: Any, language: str) -> Iterator[tuple[str, dict[str, Any], str]]:
    """All states however deep, each with its query language."""
    for name, state in value.get("States", {}).items():
        own = state.get("QueryLanguage", language)
        yield name, state, own
        for inner in (*state.get("Branches", ()), state.get("Iterator"), state.get("ItemProcessor")):
            if inner is not None:
                yield from states_of(inner, inner.get("QueryLanguage", language))


def _paths(value: Any, key: str) -> Iterator[str]:
    """Texts that are paths or intrinsic functions."""
    if isinstance(value, str):
        if key.endswith(_PATHS):
            yield value
    elif isinstance(value, dict):
        for inner, item in value.items():
            if inner not in _WITHIN:
                yield from _paths(item, inner)
    elif isinstance(value, list):
        for item in value:
            yield from _paths(item, key)


def _expressions(value: Any) -> Iterator[str]:
    """The JSONata of a state."""
    if isinstance(value, str):
        if value.startswith("{%") and value.endswith("%}"):
            yield value[2:-2]
    elif isinstance(value, dict):
        for inner, item in value.items():
            if inner not in _WITHIN:
                yield from _expressions(item)
    elif isinstance(value, list):
        for item in value:
            yield from _expressions(item)


def _variables(text: str) -> Iterator[str]:
    plain = _QUOTED.sub("''", text)
    bound = {_RESERVED}
    for name, parameters in _BOUND.findall(plain):
        bound.add(name)
        bound.update(each.strip().removeprefix("$") for each in parameters.split(","))
    for match in _REFERRED.finditer(plain):
        if match[1] not in bound:
            yield match[1]
