"""Functions of objects, and those about values of any type."""

from typing import Any

from serein.kernel.jsonata.callables import apply_to_member
from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.frames import Frame
from serein.kernel.jsonata.paths import lookup
from serein.kernel.jsonata.values import UNDEFINED, Sequence, append, collapsed, is_function, is_true


def keys(value: Any) -> Any:
    found: dict[str, None] = {}
    if isinstance(value, list):
        for each in value:
            names = keys(each)
            found.update(dict.fromkeys(names if isinstance(names, list) else []))
    elif isinstance(value, dict):
        found.update(dict.fromkeys(value))
    return Sequence(found)


def looked_up(value: Any, name: Any) -> Any:
    return collapsed(lookup(value, name))


def spread(value: Any) -> Any:
    if isinstance(value, dict):
        return Sequence([{name: member} for name, member in value.items()])
    if isinstance(value, list):
        found: Any = Sequence()
        for each in value:
            found = append(found, spread(each))
        return found
    return "" if is_function(value) else value


def merge(objects: Any) -> Any:
    if objects is UNDEFINED:
        return UNDEFINED
    merged: dict[str, Any] = {}
    for each in objects:
        merged.update(each)
    return merged


def each(frame: Frame, value: Any, function: Any) -> Any:
    found = Sequence()
    for name, member in {} if value is UNDEFINED else value.items():
        result = apply_to_member(function, member, name, value, frame)
        if result is not UNDEFINED:
            found.append(result)
    return found


def sift(frame: Frame, value: Any, function: Any) -> Any:
    if value is UNDEFINED:
        return UNDEFINED
    kept = {
        name: member for name, member in value.items() if is_true(apply_to_member(function, member, name, value, frame))
    }
    return kept or UNDEFINED


def exists(value: Any) -> bool:
    return value is not UNDEFINED


def type_of(value: Any) -> Any:
    if value is UNDEFINED:
        return UNDEFINED
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    for kind, name in ((str, "string"), (int | float, "number"), (list, "array"), (dict, "object")):
        if isinstance(value, kind):
            return name
    return "function"


def clone(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: clone(member) for name, member in value.items()}
    return [clone(member) for member in value] if isinstance(value, list) else value


def fail(message: Any) -> Any:
    raise JsonataError("D3137", message="$error() function evaluated" if message is UNDEFINED else message)


def ensure(condition: Any, message: Any) -> Any:
    if not condition:
        raise JsonataError("D3141", message="$assert() statement failed" if message is UNDEFINED else message)
    return UNDEFINED


FUNCTIONS: dict[str, tuple[Any, str]] = {
    "assert": (ensure, "<bs?:x>"),
    "clone": (clone, "<(oa)-:o>"),
    "error": (fail, "<s?:x>"),
    "exists": (exists, "<x:b>"),
    "keys": (keys, "<x-:a<s>>"),
    "lookup": (looked_up, "<x-s:x>"),
    "merge": (merge, "<a<o>:o>"),
    "spread": (spread, "<x-:a<o>>"),
    "type": (type_of, "<x:s>"),
}
WITH_FRAME: dict[str, tuple[Any, str]] = {
    "each": (each, "<o-f:a>"),
    "sift": (sift, "<o-f?:o>"),
}
